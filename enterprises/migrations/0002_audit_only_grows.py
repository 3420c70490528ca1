from django.db import migrations

from foshan_quality.lib.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_initial")]
    operations = append_only("enterprises_auditevent")
