from django.db import migrations

CREATE = """
CREATE TABLE portal_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX portal_cache_expires ON portal_cache (expires);
"""


class Migration(migrations.Migration):
    """Rate limits live in the database, so that losing Redis stops nobody from signing in."""

    dependencies = [("enterprises", "0002_audit_only_grows")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE portal_cache")]
