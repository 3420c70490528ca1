from django.db import migrations, models

TIMES = """
UPDATE awards_hearingcase AS c
SET begins_at = h.begins_at + (c.turn - 1) * h.minutes * interval '1 minute'
FROM awards_hearing AS h WHERE c.hearing_id = h.id
"""


class Migration(migrations.Migration):
    """A hearing is held in sessions, over one day or several; every case has its own time."""

    dependencies = [("awards", "0019_timed_notices_objections_and_papers")]

    operations = [
        migrations.AddField(
            model_name="hearing",
            name="sessions",
            field=models.JSONField(default=list, editable=False, verbose_name="时段"),
        ),
        migrations.AddField(
            model_name="hearingcase",
            name="begins_at",
            field=models.DateTimeField(null=True, verbose_name="开始时间"),
        ),
        migrations.RunSQL(TIMES, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="hearingcase",
            name="begins_at",
            field=models.DateTimeField(verbose_name="开始时间"),
        ),
        migrations.AddConstraint(
            model_name="hearingcase",
            constraint=models.UniqueConstraint(
                fields=("hearing", "begins_at"),
                name="one_case_at_a_time",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
    ]
