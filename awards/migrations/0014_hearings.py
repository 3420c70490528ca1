import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from foshan_quality.lib.append_only import append_only


class Migration(migrations.Migration):
    """The shortlisted may be heard: an order drawn by lot, and a mark by each expert of the panel."""

    dependencies = [
        ("awards", "0013_phases_consensus_visits_and_feedback"),
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
                    ("district_required", "受理前须有区级推荐"),
                    ("report_days", "信用报告有效天数"),
                    ("correction_days", "补正期限（工作日）"),
                    ("corrections", "最多退回补正次数"),
                    ("screening_by_two", "资格审查须两人办理"),
                    ("experts_per_application", "每份申报最少评审专家数"),
                    ("panel_fields", "评审组至少涉及几个专业领域"),
                    ("panel_districts", "评审组专家至少来自几个区"),
                    ("panel_in_field", "评审组至少几名熟悉所属行业的专家"),
                    ("cases_per_expert", "每名专家最多承担件数"),
                    ("cases_per_day", "专家每天可评审件数"),
                    ("conflict_look_back", "利害关系追溯年限"),
                    ("strengths_from", "须写优势的百分比"),
                    ("improvements_to", "须写改进机会的百分比"),
                    ("shortlist_per_place", "入围差额比例"),
                    ("score_threshold", "入围最低总分"),
                    ("trim_from", "去掉最高分和最低分"),
                    ("tie_rule", "总分相同时"),
                    ("spread_limit", "评审组总分极差上限"),
                    ("scoring_days", "评分期限（天）"),
                    ("quorum", "会议法定人数"),
                    ("votes_needed", "通过票数"),
                    ("notice_days", "公示期（工作日）"),
                    ("notice_first_day_counted", "公示当日计入公示期"),
                    ("stamped_scan_required", "提交前须上传盖章扫描件"),
                    ("veto_look_back", "信用记录追溯期"),
                    ("veto_kinds", "一票否决的信用记录"),
                    ("veto_accident_level", "一票否决的事故等级"),
                    ("phases", "评审阶段与权重"),
                    ("consensus_cases", "合议评审的范围"),
                    ("consensus_spread", "须讨论的分歧"),
                    ("visitors_named", "现场评审计划列出专家姓名"),
                    ("hearing_minutes", "陈述答辩每家分钟数"),
                    ("feedback_on", "反馈报告发放日期"),
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.AlterField(
            model_name="reviewphase",
            name="kind",
            field=models.CharField(
                choices=[
                    ("independent", "独立评审"),
                    ("consensus", "合议评审"),
                    ("site_visit", "现场评审"),
                    ("hearing", "陈述答辩"),
                ],
                max_length=12,
                verbose_name="阶段",
            ),
        ),
        migrations.CreateModel(
            name="Hearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "已抽签，未告知"), ("told", "已告知申报单位")],
                        default="planned",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("begins_at", models.DateTimeField(verbose_name="开始时间")),
                ("place", models.CharField(max_length=200, verbose_name="地点")),
                ("minutes", models.PositiveSmallIntegerField(editable=False, verbose_name="每家分钟数")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("called_at", models.DateTimeField(editable=False, verbose_name="召集时间")),
                ("told_at", models.DateTimeField(editable=False, null=True, verbose_name="告知时间")),
                (
                    "called_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="召集人",
                    ),
                ),
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hearing",
                        to="awards.edition",
                        verbose_name="届次",
                    ),
                ),
            ],
            options={
                "verbose_name": "陈述答辩",
                "verbose_name_plural": "陈述答辩",
                "ordering": ["-edition"],
            },
        ),
        migrations.CreateModel(
            name="HearingCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("turn", models.PositiveSmallIntegerField(verbose_name="次序")),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hearing_case",
                        to="awards.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "hearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="awards.hearing",
                        verbose_name="陈述答辩",
                    ),
                ),
            ],
            options={
                "verbose_name": "答辩评分",
                "verbose_name_plural": "答辩评分",
                "ordering": ["-hearing", "turn"],
            },
        ),
        migrations.CreateModel(
            name="HearingDraw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几次")),
                ("seed", models.CharField(max_length=32, verbose_name="种子")),
                ("order", models.JSONField(verbose_name="次序")),
                ("reason", models.TextField(blank=True, verbose_name="重新抽签的理由")),
                ("drawn_at", models.DateTimeField(verbose_name="抽签时间")),
                (
                    "drawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "hearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draws", to="awards.hearing"
                    ),
                ),
            ],
            options={
                "verbose_name": "抽签",
                "verbose_name_plural": "抽签",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="HearingMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("percentage", models.PositiveSmallIntegerField(verbose_name="百分比")),
                ("words", models.TextField(verbose_name="问答记录与评语")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                (
                    "assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hearing_mark", to="awards.assignment"
                    ),
                ),
            ],
            options={
                "verbose_name": "答辩评分",
                "verbose_name_plural": "答辩评分",
            },
        ),
        migrations.AddConstraint(
            model_name="hearing",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "planned"), ("told_at__isnull", False), _connector="XOR"),
                name="hearing_told_with_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="hearing",
            constraint=models.CheckConstraint(condition=models.Q(("minutes__gte", 1)), name="hearing_takes_time"),
        ),
        migrations.AddConstraint(
            model_name="hearingcase",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                fields=("hearing", "turn"),
                name="one_case_per_turn",
            ),
        ),
        migrations.AddConstraint(
            model_name="hearingcase",
            constraint=models.CheckConstraint(condition=models.Q(("turn__gte", 1)), name="turns_count_from_one"),
        ),
        migrations.AddConstraint(
            model_name="hearingdraw",
            constraint=models.UniqueConstraint(fields=("hearing", "number"), name="one_draw_per_number"),
        ),
        migrations.AddConstraint(
            model_name="hearingdraw",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 1), ("reason", "")),
                    models.Q(("number__gt", 1), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="drawn_again_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="hearingmark",
            constraint=models.CheckConstraint(condition=models.Q(("percentage__lte", 100)), name="hearing_mark_range"),
        ),
        migrations.AddConstraint(
            model_name="hearingmark",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="hearing_mark_with_words"
            ),
        ),
        *append_only("awards_hearingdraw"),
    ]
