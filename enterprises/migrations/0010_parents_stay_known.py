import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
from foshan_quality.lib.append_only import append_only

PARENT = ("parent_name", "parent_code")

STANDS = """
CREATE FUNCTION parent_stands(firm bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept record;
    present record;
BEGIN
    SELECT l.parent_name, l.parent_code INTO kept FROM enterprises_parentlink l
    WHERE l.organisation_id = firm ORDER BY l.id DESC LIMIT 1;
    SELECT o.parent_name, o.parent_code INTO present FROM enterprises_organisation o WHERE o.id = firm;
    IF (present.parent_name, present.parent_code)
        IS DISTINCT FROM (coalesce(kept.parent_name, ''), coalesce(kept.parent_code, '')) THEN
        RAISE EXCEPTION 'the parent of organisation % is not the newest that was kept', firm
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'parent_stands';
    END IF;
END $$;
CREATE FUNCTION parent_of_organisation_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM parent_stands(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION parent_kept_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM parent_stands(NEW.organisation_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER parent_stands_new AFTER INSERT ON enterprises_organisation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.parent_code <> '')
    EXECUTE FUNCTION parent_of_organisation_stands();
CREATE CONSTRAINT TRIGGER parent_stands AFTER UPDATE ON enterprises_organisation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.parent_name, OLD.parent_code) IS DISTINCT FROM (NEW.parent_name, NEW.parent_code))
    EXECUTE FUNCTION parent_of_organisation_stands();
CREATE CONSTRAINT TRIGGER parent_stands AFTER INSERT ON enterprises_parentlink
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION parent_kept_stands();
"""
FALLS = """
DROP TRIGGER parent_stands ON enterprises_parentlink;
DROP TRIGGER parent_stands ON enterprises_organisation;
DROP TRIGGER parent_stands_new ON enterprises_organisation;
DROP FUNCTION parent_kept_stands();
DROP FUNCTION parent_of_organisation_stands();
DROP FUNCTION parent_stands(bigint);
"""


def keep_parents(apps, editor):
    """Every parent that was ever registered, from the present values back along the trail of their changes."""
    changed = {}
    edits = apps.get_model("enterprises", "AuditEvent").objects.filter(verb="edit_organisation").order_by("seq")
    for event in edits.filter(target_type="enterprises.organisation"):
        if set(PARENT) & set(event.details.get("changes", {})):
            changed.setdefault(event.target_id, []).append(event)
    people = set(apps.get_model("enterprises", "User").objects.values_list("pk", flat=True))
    ParentLink = apps.get_model("enterprises", "ParentLink")
    rows = []
    for organisation in apps.get_model("enterprises", "Organisation").objects.order_by("pk"):
        for since, person, parent in history(organisation, changed.get(str(organisation.pk), [])):
            by = person if person in people else organisation.created_by_id
            rows.append(ParentLink(organisation=organisation, since=since, recorded_by_id=by, **parent))
    ParentLink.objects.bulk_create(rows, batch_size=1000)


def history(organisation, events):
    """(since, person, parent) oldest first; the newest is what stands."""
    parent, rows = {key: getattr(organisation, key) for key in PARENT}, []
    for event in reversed(events):
        rows.append((event.at, event.actor_id, parent))
        parent = parent | {key: was for key, (was, _is) in event.details["changes"].items() if key in PARENT}
    if parent["parent_code"]:
        rows.append((organisation.created_at, organisation.created_by_id, parent))
    return [row for row in reversed(rows) if bool(row[2]["parent_name"]) == bool(row[2]["parent_code"])]


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0009_organisations_have_a_contact")]

    operations = [
        migrations.CreateModel(
            name="ParentLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("parent_name", models.CharField(blank=True, max_length=120, verbose_name="上级单位")),
                (
                    "parent_code",
                    models.CharField(blank=True, db_index=True, max_length=18, verbose_name="上级单位统一社会信用代码"),
                ),
                (
                    "since",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="登记时间"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parent_links",
                        to="enterprises.organisation",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
            ],
            options={
                "verbose_name": "上级单位登记",
                "verbose_name_plural": "上级单位登记",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent_name", ""), ("parent_code", ""), _connector="XOR", _negated=True),
                        name="parent_link_named_with_code",
                    )
                ],
            },
        ),
        migrations.RunPython(keep_parents, migrations.RunPython.noop),
        *append_only("enterprises_parentlink"),
        migrations.RunSQL(STANDS, FALLS),
    ]
