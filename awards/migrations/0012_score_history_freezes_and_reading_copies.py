import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
from foshan_quality.lib.append_only import append_only

HISTORY = """
INSERT INTO awards_markversion (sheet_id, item_id, version, percentage, strengths, improvements, evidence, source,
                                written_at, written_by_id)
SELECT m.sheet_id, m.item_id, s.version, m.percentage, m.strengths, m.improvements, '', 'page',
       coalesce((SELECT max(e.at) FROM enterprises_auditevent e
                 WHERE e.verb = 'save_marks' AND e.target_type = 'awards.assignment'
                   AND e.target_id = s.assignment_id::text AND jsonb_exists(e.details -> 'items', i.code)),
                s.submitted_at, now()),
       a.expert_id
FROM awards_mark m
JOIN awards_item i ON i.id = m.item_id
JOIN awards_scoresheet s ON s.id = m.sheet_id
JOIN awards_assignment a ON a.id = s.assignment_id
"""


class Migration(migrations.Migration):
    """Every mark ever saved is kept; scoring can be stopped; dossiers as experts read them; readings as a list."""

    dependencies = [
        ("awards", "0011_rubric_totals_and_explained_rankings"),
        ("enterprises", "0007_credit_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[],
            options={
                "verbose_name": "查阅记录",
                "verbose_name_plural": "查阅记录",
                "ordering": ["-seq"],
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("enterprises.auditevent",),
        ),
        migrations.AddField(
            model_name="mark",
            name="evidence",
            field=models.CharField(blank=True, max_length=200, verbose_name="证据页"),
        ),
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
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.CreateModel(
            name="ReadingCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "准备中"), ("ready", "可阅读"), ("parked", "未能准备")],
                        default="queued",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("papers", models.JSONField(default=list, verbose_name="文件")),
                ("marks", models.JSONField(default=dict, verbose_name="各评分项所在页")),
                ("ready_at", models.DateTimeField(null=True, verbose_name="备妥时间")),
                (
                    "snapshot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reading_copy", to="awards.snapshot"
                    ),
                ),
            ],
            options={
                "verbose_name": "评审阅读本",
                "verbose_name_plural": "评审阅读本",
            },
        ),
        migrations.CreateModel(
            name="ReadingPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("paper", models.PositiveSmallIntegerField(verbose_name="文件序号")),
                ("number", models.PositiveIntegerField(verbose_name="页码")),
                ("text", models.TextField(blank=True, verbose_name="文字")),
                (
                    "copy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pages", to="awards.readingcopy"
                    ),
                ),
            ],
            options={
                "verbose_name": "评审阅读本（页）",
                "verbose_name_plural": "评审阅读本（页）",
                "ordering": ["paper", "number"],
            },
        ),
        migrations.CreateModel(
            name="ScoringFreeze",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("frozen", "冻结中"), ("lifted", "已解除")],
                        default="frozen",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(verbose_name="冻结原因")),
                ("frozen_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="冻结时间")),
                ("lifted_at", models.DateTimeField(null=True, verbose_name="解除时间")),
                ("lift_reason", models.TextField(blank=True, verbose_name="解除理由")),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="freezes",
                        to="awards.edition",
                        verbose_name="届次",
                    ),
                ),
                (
                    "frozen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="冻结人",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="解除人",
                    ),
                ),
            ],
            options={
                "verbose_name": "评分冻结",
                "verbose_name_plural": "评分冻结",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="SheetHabit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uses_keys", models.BooleanField(default=True, verbose_name="使用快捷键")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheet_habit",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "评分页习惯",
                "verbose_name_plural": "评分页习惯",
            },
        ),
        migrations.CreateModel(
            name="MarkVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="评分表版次")),
                ("percentage", models.PositiveSmallIntegerField(null=True, verbose_name="百分比")),
                ("strengths", models.TextField(blank=True, verbose_name="优势")),
                ("improvements", models.TextField(blank=True, verbose_name="改进机会")),
                ("evidence", models.CharField(blank=True, max_length=200, verbose_name="证据页")),
                (
                    "source",
                    models.CharField(
                        choices=[("page", "评分页"), ("file", "离线评分表"), ("restored", "恢复")],
                        default="page",
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("written_at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "item",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="awards.item"),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mark_versions",
                        to="awards.scoresheet",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="保存人",
                    ),
                ),
            ],
            options={
                "verbose_name": "评分留存",
                "verbose_name_plural": "评分留存",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("sheet", "item", "version"), name="one_mark_version_per_save")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="readingcopy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ready"), _negated=True), ("ready_at__isnull", False), _connector="XOR"
                ),
                name="copy_ready_with_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="readingpage",
            constraint=models.UniqueConstraint(fields=("copy", "paper", "number"), name="one_text_per_page"),
        ),
        migrations.AddConstraint(
            model_name="scoringfreeze",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)), fields=("edition",), name="one_freeze_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="scoringfreeze",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="freeze_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="scoringfreeze",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lift_reason", ""), ("lifted_at", None), ("lifted_by", None), ("state", "frozen")),
                    models.Q(
                        ("lifted_at__isnull", False),
                        ("lifted_by__isnull", False),
                        ("state", "lifted"),
                        models.Q(("lift_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="freeze_lifted_with_reason",
            ),
        ),
        migrations.RunSQL(HISTORY, migrations.RunSQL.noop),
        *append_only("awards_markversion"),
    ]
