import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FROM_THE_TRAIL = """
UPDATE awards_feedbackreport AS report SET released_by_id = event.actor_id
FROM enterprises_auditevent AS event
WHERE event.verb = 'release_feedback' AND event.target_type = 'awards.feedbackreport'
  AND event.target_id = report.id::text AND report.state = 'released'
"""


class Migration(migrations.Migration):
    """A released report names who released it; for those released before, the trail says who."""

    dependencies = [
        ("awards", "0029_money_rows_move_by_their_steps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="feedbackreport",
            name="released_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="发放人",
            ),
        ),
        migrations.RunSQL(FROM_THE_TRAIL, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="feedbackreport", name="feedback_released_with_its_time"),
        migrations.AddConstraint(
            model_name="feedbackreport",
            constraint=models.CheckConstraint(
                name="feedback_released_at_and_by",
                condition=models.Q(state="released", released_at__isnull=False, released_by__isnull=False)
                | ~models.Q(state="released") & models.Q(released_at=None, released_by=None),
            ),
        ),
    ]
