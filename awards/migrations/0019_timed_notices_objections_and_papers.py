import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
from foshan_quality.lib.append_only import append_only

NUMBERS = """
UPDATE awards_notice n SET number = r.place, former_address = n.id, address = r.code || '-' || r.place
FROM (
    SELECT n.id, p.code || e.year || lpad(e.ordinal::text, 2, '0') AS code,
        row_number() OVER (PARTITION BY n.edition_id ORDER BY n.published_at, n.id) AS place
    FROM awards_notice n JOIN awards_edition e ON e.id = n.edition_id JOIN awards_programme p ON p.id = e.programme_id
    WHERE n.state = 'published'
) r WHERE r.id = n.id
"""
SETTLED = """
CREATE FUNCTION notice_is_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.state = 'scheduled' AND NEW.state = 'draft' OR
        ROW(OLD.edition_id, OLD.title, OLD.body, OLD.names, OLD.number, OLD.address, OLD.first_day, OLD.last_day,
            OLD.working_days, OLD.published_at, OLD.replaces_id)
        IS NOT DISTINCT FROM
        ROW(NEW.edition_id, NEW.title, NEW.body, NEW.names, NEW.number, NEW.address, NEW.first_day, NEW.last_day,
            NEW.working_days, NEW.published_at, NEW.replaces_id)
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'notice % has been settled: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'notice_is_settled';
END $$;
CREATE TRIGGER notice_is_settled BEFORE UPDATE OR DELETE ON awards_notice
    FOR EACH ROW WHEN (OLD.state IN ('scheduled', 'published', 'withdrawn')) EXECUTE FUNCTION notice_is_settled();
"""


class Migration(migrations.Migration):
    """Notices are released by the clock and replaced, objections examined by two; official papers have a room."""

    dependencies = [
        ("awards", "0018_committee_secret_ballot"),
        ("enterprises", "0007_credit_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ObjectionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "异议证据",
                "verbose_name_plural": "异议证据",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("announcement", "通知"), ("request", "请示"), ("commendation", "通报")],
                        max_length=14,
                        verbose_name="文种",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("to", models.CharField(max_length=120, verbose_name="主送")),
                ("body", models.TextField(verbose_name="正文")),
                ("drawn_from", models.JSONField(default=dict, editable=False, verbose_name="模板文本")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "拟稿"),
                            ("issued", "已核发，待用印"),
                            ("sealed", "已用印"),
                            ("dropped", "已作废"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("code", models.CharField(blank=True, editable=False, max_length=40, verbose_name="机关代字")),
                ("year", models.PositiveIntegerField(editable=False, null=True, verbose_name="年度")),
                ("sequence", models.PositiveIntegerField(editable=False, null=True, verbose_name="序号")),
                ("number", models.CharField(blank=True, editable=False, max_length=80, verbose_name="文号")),
                ("drafted_at", models.DateTimeField(editable=False, verbose_name="拟稿时间")),
                ("issued_at", models.DateTimeField(editable=False, null=True, verbose_name="核发时间")),
                ("sealed_at", models.DateTimeField(editable=False, null=True, verbose_name="用印件上传时间")),
            ],
            options={
                "verbose_name": "公文",
                "verbose_name_plural": "公文",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("facts", models.TextField(verbose_name="需要说明的事实")),
                ("due_on", models.DateField(verbose_name="答复期限")),
                ("asked_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="发出时间")),
                ("answer", models.TextField(blank=True, verbose_name="申报单位的说明")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
            ],
            options={
                "verbose_name": "情况说明",
                "verbose_name_plural": "情况说明",
            },
        ),
        migrations.CreateModel(
            name="StatementFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "情况说明附件",
                "verbose_name_plural": "情况说明附件",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="TextTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notice", "公示"),
                            ("announcement", "通知"),
                            ("request", "请示"),
                            ("commendation", "通报"),
                        ],
                        max_length=14,
                        verbose_name="文种",
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                ("title", models.CharField(max_length=120, verbose_name="标题")),
                ("to", models.CharField(blank=True, max_length=120, verbose_name="主送")),
                ("body", models.TextField(verbose_name="正文")),
                ("source", models.CharField(help_text="经谁核定、何时核定", max_length=120, verbose_name="依据")),
                ("set_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="设置时间")),
            ],
            options={
                "verbose_name": "公文模板",
                "verbose_name_plural": "公文模板",
                "ordering": ["programme", "kind", "-version"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="published_with_window",
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="one_notice_in_draft",
        ),
        migrations.RemoveConstraint(
            model_name="objection",
            name="decided_with_finding",
        ),
        migrations.AddField(
            model_name="notice",
            name="address",
            field=models.SlugField(blank=True, default="", editable=False, max_length=40, verbose_name="网址"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="notice",
            name="because",
            field=models.TextField(blank=True, editable=False, verbose_name="更正原因"),
        ),
        migrations.AddField(
            model_name="notice",
            name="drawn_from",
            field=models.JSONField(default=dict, editable=False, verbose_name="模板文本"),
        ),
        migrations.AddField(
            model_name="notice",
            name="former_address",
            field=models.PositiveIntegerField(editable=False, null=True, unique=True, verbose_name="原网址"),
        ),
        migrations.AddField(
            model_name="notice",
            name="number",
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name="公示序号"),
        ),
        migrations.AddField(
            model_name="notice",
            name="replaces",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacements",
                to="awards.notice",
                verbose_name="更正并取代",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="withdrawn_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="撤回时间"),
        ),
        migrations.AddField(
            model_name="notice",
            name="withdrawn_because",
            field=models.TextField(blank=True, editable=False, verbose_name="撤回原因"),
        ),
        migrations.AddField(
            model_name="objection",
            name="code_digest",
            field=models.CharField(blank=True, editable=False, max_length=64, verbose_name="查询码摘要"),
        ),
        migrations.AddField(
            model_name="objection",
            name="examine_by",
            field=models.DateField(editable=False, null=True, verbose_name="核查期限"),
        ),
        migrations.AddField(
            model_name="objection",
            name="proposed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="提出结论时间"),
        ),
        migrations.AddField(
            model_name="objection",
            name="proposed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="proposed_outcome",
            field=models.CharField(
                blank=True,
                choices=[("upheld", "异议成立"), ("dismissed", "异议不成立")],
                editable=False,
                max_length=10,
                verbose_name="拟作结论",
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="reply_number",
            field=models.CharField(blank=True, editable=False, max_length=80, verbose_name="答复文号"),
        ),
        migrations.AddField(
            model_name="objection",
            name="withdrawn_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="撤回时间"),
        ),
        migrations.AddField(
            model_name="objection",
            name="withdrawn_because",
            field=models.TextField(blank=True, editable=False, verbose_name="撤回说明"),
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
                    ("vote_rounds", "表决最多几轮"),
                    ("next_round", "再投一轮的申报"),
                    ("places_shown", "会议材料列出名次"),
                    ("notice_days", "公示期（工作日）"),
                    ("notice_first_day_counted", "公示当日计入公示期"),
                    ("objection_days", "异议核查期限（工作日）"),
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
                    ("revocation_days", "撤销前陈述申辩期限（工作日）"),
                    ("bar_fraud", "因弄虚作假撤销的，此后几届不得申报"),
                    ("bar_other", "因其他原因撤销的，此后几届不得申报"),
                    ("clawback_days", "撤销后退回奖金的期限（天）"),
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "拟定"),
                    ("scheduled", "待发布"),
                    ("published", "已发布"),
                    ("withdrawn", "已撤回"),
                    ("dropped", "已作废"),
                ],
                default="draft",
                editable=False,
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="objection",
            name="state",
            field=models.CharField(
                choices=[("received", "待核查"), ("upheld", "成立"), ("dismissed", "不成立"), ("withdrawn", "已撤回")],
                default="received",
                editable=False,
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["scheduled", "published", "withdrawn"]), _negated=True),
                    models.Q(
                        ("first_day__isnull", False),
                        ("last_day__gte", models.F("first_day")),
                        ("last_day__isnull", False),
                        ("number__isnull", False),
                        ("published_at__isnull", False),
                        ("published_by__isnull", False),
                        models.Q(("address", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="published_with_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawn_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="withdrawn_notice_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("because", ""), ("replaces", None)),
                    models.Q(("replaces__isnull", False), models.Q(("because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="replacing_notice_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "scheduled"])),
                fields=("edition",),
                name="one_notice_pending",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("edition", "number"), name="one_notice_per_number"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("address", ""), _negated=True), fields=("address",), name="one_notice_per_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True),
                fields=("replaces",),
                name="one_replacement_of_a_notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["received", "withdrawn"]),
                    models.Q(
                        models.Q(("finding", ""), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="decided_with_finding",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                name="objection_decided_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("proposed_at", None), ("proposed_by", None), ("proposed_outcome", "")),
                    models.Q(
                        models.Q(("proposed_outcome", ""), _negated=True),
                        models.Q(("finding", ""), _negated=True),
                        ("proposed_at__isnull", False),
                        ("proposed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="objection_proposed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawn_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="objection_withdrawn_with_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code_digest", ""), _negated=True),
                fields=("code_digest",),
                name="one_objection_per_code",
            ),
        ),
        migrations.AddField(
            model_name="objectionfile",
            name="file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enterprises.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="objectionfile",
            name="objection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="awards.objection"
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="drafted_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="official_papers",
                to="awards.edition",
                verbose_name="届次",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="issued_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="scan",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="answered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="发出人",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="objection",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statement",
                to="awards.objection",
                verbose_name="异议",
            ),
        ),
        migrations.AddField(
            model_name="statementfile",
            name="file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enterprises.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="statementfile",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="files", to="awards.statement"
            ),
        ),
        migrations.AddField(
            model_name="texttemplate",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="texts",
                to="awards.programme",
                verbose_name="奖项",
            ),
        ),
        migrations.AddField(
            model_name="texttemplate",
            name="set_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="设置人",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("issued_by", models.F("drafted_by")), _negated=True), name="paper_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["issued", "sealed"]), _negated=True),
                    models.Q(("issued_at__isnull", False), ("issued_by__isnull", False)),
                    _connector="OR",
                ),
                name="paper_issued_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sealed"), _negated=True),
                    models.Q(("scan__isnull", False), ("sealed_at__isnull", False)),
                    _connector="OR",
                ),
                name="paper_sealed_with_its_scan",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(fields=("code", "year", "sequence"), name="one_paper_per_number"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                    models.Q(
                        models.Q(("answer", ""), _negated=True),
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="statement_answered_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("facts", ""), _negated=True), name="statement_asks_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="texttemplate",
            constraint=models.UniqueConstraint(fields=("programme", "kind", "version"), name="one_text_per_version"),
        ),
        migrations.AddConstraint(
            model_name="texttemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True), name="text_names_its_source"
            ),
        ),
        migrations.RunSQL(SETTLED, "DROP FUNCTION notice_is_settled() CASCADE"),
        *append_only("awards_texttemplate"),
    ]
