from django.conf import settings
from django.db import migrations, models

from foshan_quality.lib.append_only import stays

TABLE = "awards_resultfile"
RULES = {"steps": "read>booked read>dropped", "begins": "NEW.state IN ('read', 'unreadable')"}
FACTS = "name digest file_id read_at read_by_id"
BEFORE = stays(TABLE, facts=FACTS, **RULES)[1]


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0030_feedback_says_who_released_it"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="resultfile",
            name="needs_two",
            field=models.BooleanField(default=False, editable=False, verbose_name="须由另一人登记"),
        ),
        migrations.AddConstraint(
            model_name="resultfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_two", False),
                    models.Q(("state", "booked"), _negated=True),
                    models.Q(("closed_by", models.F("read_by")), _negated=True),
                    _connector="OR",
                ),
                name="result_by_hand_takes_two",
            ),
        ),
        migrations.RunSQL(BEFORE.reverse_sql, BEFORE.sql),
        *stays(TABLE, facts=f"{FACTS} needs_two", **RULES),
    ]
