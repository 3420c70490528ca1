import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from foshan_quality.lib.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0008_district_screening_and_letters"),
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
                    ("shortlist_per_place", "入围差额比例"),
                    ("score_threshold", "入围最低总分"),
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
            model_name="consensus",
            constraint=models.CheckConstraint(
                condition=models.Q(("score", None), models.Q(("score__gte", 0), ("score__lte", 1000)), _connector="OR"),
                name="consensus_within_rubric",
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
        *append_only("awards_opinion"),
    ]
