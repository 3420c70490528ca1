import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from foshan_quality.lib.append_only import append_only

WITHIN_RUBRIC = """
CREATE FUNCTION score_within_rubric() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.score < 0 OR NEW.score > (
        SELECT r.total FROM awards_rubric r JOIN awards_edition e ON e.rubric_id = r.id
            JOIN awards_application a ON a.edition_id = e.id WHERE a.id = NEW.application_id
    ) THEN
        RAISE EXCEPTION 'score % is beyond the rubric', NEW.score
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consensus_within_rubric BEFORE INSERT OR UPDATE OF score, application_id ON awards_consensus
    FOR EACH ROW WHEN (NEW.score IS NOT NULL) EXECUTE FUNCTION score_within_rubric('consensus_within_rubric');
CREATE TRIGGER visit_within_rubric BEFORE INSERT OR UPDATE OF score, application_id ON awards_sitevisit
    FOR EACH ROW WHEN (NEW.score IS NOT NULL) EXECUTE FUNCTION score_within_rubric('visit_within_rubric');
"""


class Migration(migrations.Migration):
    """The review has phases: consensus of a panel, visits to the shortlisted, feedback to the applicants."""

    dependencies = [
        ("awards", "0012_score_history_freezes_and_reading_copies"),
        ("enterprises", "0007_credit_records"),
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
                    ("feedback_on", "反馈报告发放日期"),
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.CreateModel(
            name="Consensus",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "合议中"), ("closed", "已合议")],
                        default="open",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("round", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="轮次")),
                ("begun_at", models.DateTimeField(verbose_name="开始时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="关闭时间")),
                ("seats", models.JSONField(default=list, editable=False, verbose_name="参加合议的席位")),
                ("score", models.DecimalField(decimal_places=2, max_digits=6, null=True, verbose_name="合议总分")),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consensus",
                        to="awards.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开始人",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="关闭人",
                    ),
                ),
            ],
            options={
                "verbose_name": "合议评审",
                "verbose_name_plural": "合议评审",
                "ordering": ["application__number", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AgreedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("percentage", models.PositiveSmallIntegerField(null=True, verbose_name="合议百分比")),
                ("discussion", models.TextField(blank=True, verbose_name="讨论记录")),
                ("marks", models.JSONField(verbose_name="各专家百分比")),
                ("is_wide", models.BooleanField(verbose_name="超过分歧限度")),
                (
                    "item",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="awards.item"),
                ),
                (
                    "consensus",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="awards.consensus"
                    ),
                ),
            ],
            options={
                "verbose_name": "合议评分",
                "verbose_name_plural": "合议评分",
                "ordering": ["item_id"],
            },
        ),
        migrations.CreateModel(
            name="FeedbackReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待组长修改"),
                            ("handed_in", "待秘书处核准"),
                            ("approved", "已核准，待发放"),
                            ("released", "已发放"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("drafted_at", models.DateTimeField(verbose_name="生成时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="核准时间")),
                ("released_at", models.DateTimeField(null=True, verbose_name="发放时间")),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feedback_report",
                        to="awards.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核准人",
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="生成人",
                    ),
                ),
            ],
            options={
                "verbose_name": "反馈报告",
                "verbose_name_plural": "反馈报告",
                "ordering": ["application__number", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FeedbackPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("strengths", models.TextField(blank=True, verbose_name="优势")),
                ("improvements", models.TextField(blank=True, verbose_name="改进机会")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="awards.category",
                        verbose_name="类目",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="awards.feedbackreport"
                    ),
                ),
            ],
            options={
                "verbose_name": "反馈内容",
                "verbose_name_plural": "反馈内容",
                "ordering": ["category_id"],
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField(verbose_name="轮次")),
                ("agrees", models.BooleanField(verbose_name="同意")),
                ("note", models.TextField(blank=True, verbose_name="不同意见")),
                ("given_at", models.DateTimeField(verbose_name="时间")),
                (
                    "consensus",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="awards.consensus"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="专家",
                    ),
                ),
            ],
            options={
                "verbose_name": "合议表态",
                "verbose_name_plural": "合议表态",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewPhase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("independent", "独立评审"), ("consensus", "合议评审"), ("site_visit", "现场评审")],
                        max_length=12,
                        verbose_name="阶段",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("weight", models.PositiveSmallIntegerField(verbose_name="权重（%）")),
                (
                    "cases",
                    models.CharField(
                        choices=[("all", "全部"), ("shortlisted", "入围")], max_length=12, verbose_name="参加的申报"
                    ),
                ),
                (
                    "scored_by",
                    models.CharField(
                        choices=[("expert", "每位专家各自评分"), ("panel", "评审组共同评分")],
                        max_length=8,
                        verbose_name="评分方式",
                    ),
                ),
                (
                    "peers_seen",
                    models.CharField(
                        choices=[("never", "不可见"), ("after_own", "本人提交评分后"), ("always", "随时")],
                        max_length=10,
                        verbose_name="他人评分何时可见",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "未开始"), ("open", "进行中"), ("closed", "已结束")],
                        default="waiting",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("opened_at", models.DateTimeField(editable=False, null=True, verbose_name="开始时间")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="结束时间")),
                (
                    "closed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="结束人",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phases",
                        to="awards.edition",
                        verbose_name="届次",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开始人",
                    ),
                ),
            ],
            options={
                "verbose_name": "评审阶段",
                "verbose_name_plural": "评审阶段",
                "ordering": ["-edition", "position"],
            },
        ),
        migrations.CreateModel(
            name="SiteVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "拟定计划"), ("told", "已告知申报单位"), ("locked", "结果已锁定")],
                        default="planned",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("first_day", models.DateField(verbose_name="开始日期")),
                ("last_day", models.DateField(verbose_name="结束日期")),
                ("place", models.CharField(max_length=200, verbose_name="地点")),
                ("agenda", models.TextField(verbose_name="议程")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("told_at", models.DateTimeField(null=True, verbose_name="告知时间")),
                ("agreed_at", models.DateTimeField(null=True, verbose_name="申报单位确认时间")),
                ("other_day", models.DateField(null=True, verbose_name="申报单位希望的日期")),
                ("other_reason", models.TextField(blank=True, verbose_name="另定日期的原因")),
                ("locked_at", models.DateTimeField(null=True, verbose_name="锁定时间")),
                (
                    "score",
                    models.DecimalField(decimal_places=2, max_digits=6, null=True, verbose_name="现场评审后总分"),
                ),
                (
                    "agreed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="site_visit",
                        to="awards.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "locked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="拟定人",
                    ),
                ),
            ],
            options={
                "verbose_name": "现场评审",
                "verbose_name_plural": "现场评审",
                "ordering": ["application__number", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SiteEvidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen", models.TextField(verbose_name="所见情况")),
                ("noted_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="awards.item",
                        verbose_name="评分项",
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.storedfile",
                        verbose_name="照片",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="awards.sitevisit"
                    ),
                ),
            ],
            options={
                "verbose_name": "现场证据",
                "verbose_name_plural": "现场证据",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="RescoredItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.PositiveSmallIntegerField(verbose_name="现场评审前百分比")),
                ("after", models.PositiveSmallIntegerField(verbose_name="现场评审后百分比")),
                ("reason", models.TextField(verbose_name="改评理由")),
                ("set_at", models.DateTimeField(verbose_name="改评时间")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="awards.item",
                        verbose_name="评分项",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="改评人",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="awards.siteevidence",
                        verbose_name="证据",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rescored", to="awards.sitevisit"
                    ),
                ),
            ],
            options={
                "verbose_name": "改评",
                "verbose_name_plural": "改评",
                "ordering": ["item_id"],
            },
        ),
        migrations.CreateModel(
            name="VisitMinutes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("opening", "首次会议"), ("closing", "末次会议")], max_length=8, verbose_name="会议"
                    ),
                ),
                ("held_at", models.DateTimeField(verbose_name="时间")),
                ("attendance", models.TextField(verbose_name="出席人员")),
                ("text", models.TextField(verbose_name="会议记录")),
                ("version", models.PositiveIntegerField(default=1)),
                ("written_at", models.DateTimeField(verbose_name="填写时间")),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="minutes", to="awards.sitevisit"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填写人",
                    ),
                ),
            ],
            options={
                "verbose_name": "会议记录",
                "verbose_name_plural": "会议记录",
                "ordering": ["-kind"],
            },
        ),
        migrations.CreateModel(
            name="VisitSeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_head", models.BooleanField(default=False, verbose_name="组长")),
                ("declared_at", models.DateTimeField(null=True, verbose_name="声明时间")),
                ("left_at", models.DateTimeField(null=True, verbose_name="退出时间")),
                ("left_reason", models.TextField(blank=True, verbose_name="退出原因")),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="专家",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="awards.sitevisit"
                    ),
                ),
            ],
            options={
                "verbose_name": "现场评审组成员",
                "verbose_name_plural": "现场评审组成员",
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="consensus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        ("score__isnull", False),
                        ("state", "closed"),
                    ),
                    models.Q(("closed_at", None), ("closed_by", None), ("score", None), ("state", "open")),
                    _connector="OR",
                ),
                name="consensus_closed_with_its_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreeditem",
            constraint=models.UniqueConstraint(fields=("consensus", "item"), name="one_agreed_item"),
        ),
        migrations.AddConstraint(
            model_name="agreeditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("percentage", None), ("percentage__lte", 100), _connector="OR"),
                name="agreed_percentage_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreeditem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percentage", None),
                    ("is_wide", False),
                    models.Q(("discussion", ""), _negated=True),
                    _connector="OR",
                ),
                name="wide_item_was_discussed",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("state__in", ["approved", "released"]),
                    ),
                    models.Q(("approved_at", None), ("approved_by", None), ("state__in", ["draft", "handed_in"])),
                    _connector="OR",
                ),
                name="feedback_approved_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "released"), _negated=True), ("released_at__isnull", False), _connector="XOR"
                ),
                name="feedback_released_with_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedbackpart",
            constraint=models.UniqueConstraint(fields=("report", "category"), name="one_feedback_part_per_category"),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(fields=("consensus", "round", "member"), name="one_opinion_per_round"),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(("agrees", True), models.Q(("note", ""), _negated=True), _connector="OR"),
                name="dissent_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=models.UniqueConstraint(fields=("edition", "kind"), name="one_phase_per_kind"),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=models.UniqueConstraint(fields=("edition", "position"), name="one_phase_per_position"),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__lte", 100)), name="phase_weight_is_a_percentage"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened_at", None), ("opened_by", None), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("opened_at__isnull", False),
                        ("opened_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="phase_opened_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at", None), ("closed_by", None)),
                    _connector="OR",
                ),
                name="phase_closed_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="sitevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="visit_runs_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="sitevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "planned"), ("told_at__isnull", False), _connector="XOR"),
                name="visit_told_with_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="sitevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_at", None), ("agreed_by", None)),
                    models.Q(("agreed_at__isnull", False), ("agreed_by__isnull", False)),
                    _connector="OR",
                ),
                name="visit_agreed_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="sitevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other_day", None), models.Q(("other_reason", ""), _negated=True), _connector="XOR"
                ),
                name="other_day_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="sitevisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("locked_at__isnull", False),
                        ("locked_by__isnull", False),
                        ("score__isnull", False),
                        ("state", "locked"),
                    ),
                    models.Q(
                        models.Q(("state", "locked"), _negated=True),
                        ("locked_at", None),
                        ("locked_by", None),
                        ("score", None),
                    ),
                    _connector="OR",
                ),
                name="visit_locked_with_its_score",
            ),
        ),
        migrations.AddConstraint(
            model_name="siteevidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("seen", ""), _negated=True), name="evidence_says_what_was_seen"
            ),
        ),
        migrations.AddConstraint(
            model_name="rescoreditem",
            constraint=models.UniqueConstraint(fields=("visit", "item"), name="rescored_once"),
        ),
        migrations.AddConstraint(
            model_name="rescoreditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("after__lte", 100), ("before__lte", 100)), name="rescored_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="rescoreditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("after", models.F("before")), _negated=True), name="rescored_differs"
            ),
        ),
        migrations.AddConstraint(
            model_name="rescoreditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="rescored_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="visitminutes",
            constraint=models.UniqueConstraint(fields=("visit", "kind"), name="one_minutes_per_meeting"),
        ),
        migrations.AddConstraint(
            model_name="visitseat",
            constraint=models.UniqueConstraint(fields=("visit", "expert"), name="one_visit_seat_per_expert"),
        ),
        migrations.AddConstraint(
            model_name="visitseat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_head", True), ("left_at", None)), fields=("visit",), name="one_head_of_a_visit"
            ),
        ),
        migrations.AddConstraint(
            model_name="visitseat",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_at", None), models.Q(("left_reason", ""), _negated=True), _connector="XOR"),
                name="left_visit_with_a_reason",
            ),
        ),
        *append_only("awards_opinion"),
        *append_only("awards_siteevidence"),
        migrations.RunSQL(WITHIN_RUBRIC, "DROP FUNCTION score_within_rubric() CASCADE"),
    ]
