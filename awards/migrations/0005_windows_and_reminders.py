import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from foshan_quality.lib.append_only import append_only

# What editions from before these rules existed go by, until staff settle them for the next one.
RULES = {
    "reminder_leads": ("7天、3天、1天、3小时", "参考值：政务平台通行做法，待市局确认"),
    "closing_notice_hours": ("72", "参考值：缩短申报时间应预留准备时间，待市局确认"),
}


def settle_new_rules(apps, schema_editor):
    """Every edition has every rule."""
    rule = apps.get_model("awards", "EditionRule")
    rule.objects.bulk_create(
        rule(edition=edition, key=key, value=value, document=document)
        for edition in apps.get_model("awards", "Edition").objects.all()
        for key, (value, document) in RULES.items()
    )


def forget_new_rules(apps, schema_editor):
    """The rules this migration brought."""
    apps.get_model("awards", "EditionRule").objects.filter(key__in=RULES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0004_screening_by_two_with_named_points"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="editionrule",
            name="key",
            field=models.CharField(
                choices=[
                    ("quota", "获奖名额上限"),
                    ("years_registered", "登记满几年可申报"),
                    ("reminder_leads", "截止前提醒"),
                    ("closing_notice_hours", "提前截止至少提前（小时）"),
                    ("correction_days", "补正期限（工作日）"),
                    ("experts_per_application", "每份申报最少评审专家数"),
                    ("shortlist_per_place", "入围差额比例"),
                    ("score_threshold", "入围最低总分"),
                    ("quorum", "会议法定人数"),
                    ("votes_needed", "通过票数"),
                    ("notice_days", "公示期（工作日）"),
                    ("notice_first_day_counted", "公示当日计入公示期"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.CreateModel(
            name="WindowChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("closes_before", models.DateTimeField(verbose_name="原截止时间")),
                ("closes_at", models.DateTimeField(verbose_name="新截止时间")),
                ("reason", models.TextField(verbose_name="理由")),
                ("document", models.CharField(max_length=60, verbose_name="文号")),
                ("changed_at", models.DateTimeField(verbose_name="确认时间")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="window_changes",
                        to="awards.edition",
                        verbose_name="届次",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
            ],
            options={
                "verbose_name": "截止时间变更记录",
                "verbose_name_plural": "截止时间变更记录",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                        name="window_changed_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_at", models.F("closes_before")), _negated=True),
                        name="window_change_moves",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WindowProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待确认"), ("confirmed", "已确认"), ("dropped", "已作废")],
                        default="proposed",
                        editable=False,
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("closes_before", models.DateTimeField(verbose_name="原截止时间")),
                ("closes_at", models.DateTimeField(verbose_name="新截止时间")),
                ("reason", models.TextField(verbose_name="理由")),
                ("document", models.CharField(max_length=60, verbose_name="文号")),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="办理时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="window_proposals",
                        to="awards.edition",
                        verbose_name="届次",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
            ],
            options={
                "verbose_name": "截止时间变更申请",
                "verbose_name_plural": "截止时间变更申请",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")), fields=("edition",), name="one_window_proposal"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), _negated=True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="window_confirmed_by_a_second",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("state", "proposed")),
                            models.Q(
                                models.Q(("state", "proposed"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="window_decided_at_and_by",
                    ),
                ],
            },
        ),
        *append_only("awards_windowchange"),
        migrations.RunPython(settle_new_rules, forget_new_rules),
    ]
