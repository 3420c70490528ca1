import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
import foshan_quality.lib.money
from foshan_quality.lib.append_only import append_only


class Migration(migrations.Migration):
    """Approvals with scan and list, higher honours by two people, revocations with what follows from them."""

    dependencies = [
        ("awards", "0015_policies_and_what_is_owed"),
        ("enterprises", "0007_credit_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("editions", models.PositiveSmallIntegerField(verbose_name="届数")),
                ("since", models.DateTimeField(verbose_name="起算时间")),
                ("is_rehearsal", models.BooleanField(default=False, verbose_name="演练")),
                ("reason", models.CharField(help_text="告知单位的一句话，含文件", max_length=300, verbose_name="原因")),
            ],
            options={
                "verbose_name": "申报限制",
                "verbose_name_plural": "申报限制",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Clawback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "owed",
                    foshan_quality.lib.money.YuanField(decimal_places=2, max_digits=14, verbose_name="应追回（元）"),
                ),
                (
                    "received",
                    foshan_quality.lib.money.YuanField(
                        decimal_places=2, default=0, editable=False, max_digits=14, verbose_name="已追回（元）"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="退回期限")),
                ("document", models.CharField(max_length=200, verbose_name="依据文件")),
                (
                    "opened_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="立项时间"),
                ),
            ],
            options={
                "verbose_name": "奖金追回",
                "verbose_name_plural": "奖金追回",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="HonourEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveIntegerField(verbose_name="年度")),
                ("organisation_name", models.CharField(max_length=120, verbose_name="授奖时的名称")),
                ("announced_on", models.DateField(verbose_name="公布日期")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("title", models.CharField(max_length=120, verbose_name="来源文件")),
                ("address", models.URLField(blank=True, max_length=300, verbose_name="公开地址")),
                ("is_rehearsal", models.BooleanField(default=False, editable=False, verbose_name="演练")),
                (
                    "state",
                    models.CharField(
                        choices=[("entered", "待核对"), ("confirmed", "已登记"), ("dropped", "已作废")],
                        default="entered",
                        editable=False,
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                (
                    "entered_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="录入时间"),
                ),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "上级荣誉录入",
                "verbose_name_plural": "上级荣誉录入",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="HonourImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("rows", models.JSONField(verbose_name="单元格")),
                (
                    "state",
                    models.CharField(
                        choices=[("checked", "已试算，待导入"), ("done", "已导入"), ("dropped", "已放弃")],
                        default="checked",
                        editable=False,
                        max_length=7,
                        verbose_name="状态",
                    ),
                ),
                (
                    "uploaded_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="上传时间"),
                ),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="办结时间")),
                ("imported", models.PositiveIntegerField(editable=False, null=True, verbose_name="导入条数")),
            ],
            options={
                "verbose_name": "历届名单导入",
                "verbose_name_plural": "历届名单导入",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "amount",
                    foshan_quality.lib.money.YuanField(decimal_places=2, max_digits=14, verbose_name="金额（元）"),
                ),
                ("received_on", models.DateField(verbose_name="到账日期")),
                ("voucher", models.CharField(max_length=80, verbose_name="凭证号")),
                ("booked_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "追回到账",
                "verbose_name_plural": "追回到账",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("fraud", "弄虚作假取得荣誉"),
                            ("accident", "发生重大质量、安全、环保、公共卫生事故"),
                            ("inspection", "产品质量监督抽查不合格"),
                            ("other", "其他违背评奖宗旨的情形"),
                            ("returned", "单位自愿交回"),
                        ],
                        max_length=10,
                        verbose_name="事由",
                    ),
                ),
                ("facts", models.TextField(verbose_name="事实")),
                ("basis", models.CharField(help_text="规定的名称和条款", max_length=200, verbose_name="依据")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待告知"),
                            ("told", "听取陈述申辩"),
                            ("heard", "待决定"),
                            ("decided", "决定待核对"),
                            ("revoked", "已撤销"),
                            ("kept", "不予撤销"),
                            ("dropped", "提议已撤回"),
                        ],
                        default="proposed",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                (
                    "proposed_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="提出时间"),
                ),
                ("told_at", models.DateTimeField(editable=False, null=True, verbose_name="告知时间")),
                ("answer_by", models.DateField(editable=False, null=True, verbose_name="陈述申辩截止")),
                ("heard_on", models.DateField(editable=False, null=True, verbose_name="听取意见日期")),
                ("hearing_record", models.TextField(blank=True, editable=False, verbose_name="听取意见记录")),
                ("heard_at", models.DateTimeField(editable=False, null=True, verbose_name="记录时间")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("revoke", "撤销"), ("keep", "不予撤销")],
                        editable=False,
                        max_length=6,
                        verbose_name="决定",
                    ),
                ),
                ("issuer", models.CharField(blank=True, editable=False, max_length=60, verbose_name="决定机关")),
                ("number", models.CharField(blank=True, editable=False, max_length=60, verbose_name="决定文号")),
                ("title", models.CharField(blank=True, editable=False, max_length=200, verbose_name="决定标题")),
                ("issued_on", models.DateField(editable=False, null=True, verbose_name="决定日期")),
                (
                    "public_reason",
                    models.CharField(blank=True, editable=False, max_length=300, verbose_name="公开的撤销原因"),
                ),
                ("grounds", models.TextField(blank=True, editable=False, verbose_name="不予撤销的理由")),
                ("repay_by", models.DateField(editable=False, null=True, verbose_name="奖金退回期限")),
                ("entered_at", models.DateTimeField(editable=False, null=True, verbose_name="录入时间")),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "撤销",
                "verbose_name_plural": "撤销",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RevocationPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "证据材料",
                "verbose_name_plural": "证据材料",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="HolderStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="陈述申辩")),
                ("stated_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="提交时间")),
            ],
            options={
                "verbose_name": "陈述申辩",
                "verbose_name_plural": "陈述申辩",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="honour",
            name="revoked_because",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="撤销原因（公开）"),
        ),
        migrations.AddField(
            model_name="honour",
            name="revoked_under",
            field=models.CharField(blank=True, editable=False, max_length=60, verbose_name="撤销决定文号"),
        ),
        migrations.AddField(
            model_name="resolution",
            name="fewer_because",
            field=models.TextField(blank=True, editable=False, verbose_name="少于拟奖名单的原因"),
        ),
        migrations.AddField(
            model_name="resolution",
            name="issuer",
            field=models.CharField(default="佛山市人民政府", max_length=60, verbose_name="发文机关"),
        ),
        migrations.AddField(
            model_name="resolution",
            name="names",
            field=models.JSONField(default=list, editable=False, verbose_name="文件所列名单"),
        ),
        migrations.AddField(
            model_name="resolution",
            name="scan",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.storedfile",
                verbose_name="扫描件",
            ),
        ),
        migrations.AlterField(
            model_name="application",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "填报中"),
                    ("submitted", "待资格审查"),
                    ("returned", "待补正"),
                    ("withdrawn", "已撤回"),
                    ("refused", "不予受理"),
                    ("in_review", "评审中"),
                    ("shortlisted", "入围"),
                    ("not_shortlisted", "未入围"),
                    ("proposed", "拟奖"),
                    ("not_proposed", "未获推荐"),
                    ("publicised", "公示中"),
                    ("struck", "取消资格"),
                    ("not_approved", "未获批准"),
                    ("honoured", "已获奖"),
                ],
                default="draft",
                editable=False,
                max_length=16,
                verbose_name="状态",
            ),
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
            model_name="ledgerentry",
            name="account",
            field=models.CharField(
                choices=[
                    ("appropriation", "财政拨款"),
                    ("available", "可用额度"),
                    ("committed", "已复核待付"),
                    ("in_transit", "在途"),
                    ("paid", "已拨付"),
                    ("clawback", "应追回"),
                    ("recovered", "已追回"),
                ],
                max_length=14,
                verbose_name="科目",
            ),
        ),
        migrations.AddConstraint(
            model_name="honour",
            constraint=models.UniqueConstraint(
                condition=models.Q(("organisation__isnull", False), ("resolution", None)),
                fields=("kind", "year", "organisation"),
                name="recorded_once_per_organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="honour",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_on__isnull", False),
                    models.Q(("revoked_because", ""), ("revoked_under", "")),
                    _connector="OR",
                ),
                name="reason_only_when_revoked",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("scan__isnull", True),
                    models.Q(models.Q(("names", []), _negated=True), models.Q(("issuer", ""), _negated=True)),
                    _connector="OR",
                ),
                name="resolution_lists_names",
            ),
        ),
        migrations.AddField(
            model_name="bar",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bars", to="enterprises.organisation"
            ),
        ),
        migrations.AddField(
            model_name="bar",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bars", to="awards.programme"
            ),
        ),
        migrations.AddField(
            model_name="bar",
            name="set_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="clawback",
            name="disbursement",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clawback",
                to="awards.disbursement",
                verbose_name="拨付单",
            ),
        ),
        migrations.AddField(
            model_name="clawback",
            name="opened_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="honourentry",
            name="confirmed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="honourentry",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="honourentry",
            name="honour",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entry",
                to="awards.honour",
            ),
        ),
        migrations.AddField(
            model_name="honourentry",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="awards.honourkind",
                verbose_name="荣誉",
            ),
        ),
        migrations.AddField(
            model_name="honourentry",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="honour_entries",
                to="enterprises.organisation",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="honourentry",
            name="scan",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.storedfile",
                verbose_name="扫描件",
            ),
        ),
        migrations.AddField(
            model_name="honourimport",
            name="closed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="honourimport",
            name="uploaded_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="上传人",
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="booked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="clawback",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="recoveries", to="awards.clawback"
            ),
        ),
        migrations.AddField(
            model_name="revocation",
            name="confirmed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="revocation",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="revocation",
            name="heard_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="revocation",
            name="honour",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revocations",
                to="awards.honour",
                verbose_name="荣誉",
            ),
        ),
        migrations.AddField(
            model_name="revocation",
            name="proposed_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提出人",
            ),
        ),
        migrations.AddField(
            model_name="revocation",
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
            model_name="revocation",
            name="told_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="revocationpaper",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="revocationpaper",
            name="file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enterprises.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="revocationpaper",
            name="revocation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="awards.revocation"
            ),
        ),
        migrations.AddField(
            model_name="holderstatement",
            name="file",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enterprises.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="holderstatement",
            name="revocation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="awards.revocation"
            ),
        ),
        migrations.AddField(
            model_name="holderstatement",
            name="stated_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="bar",
            constraint=models.CheckConstraint(
                condition=models.Q(("editions__gt", 0), models.Q(("reason", ""), _negated=True)),
                name="bar_of_some_editions",
            ),
        ),
        migrations.AddConstraint(
            model_name="clawback",
            constraint=models.CheckConstraint(condition=models.Q(("owed__gt", 0)), name="clawback_positive"),
        ),
        migrations.AddConstraint(
            model_name="clawback",
            constraint=models.CheckConstraint(
                condition=models.Q(("received__gte", 0), ("received__lte", models.F("owed"))), name="not_more_than_owed"
            ),
        ),
        migrations.AddConstraint(
            model_name="honourentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True),
                fields=("kind", "year", "organisation"),
                name="one_entry_per_honour",
            ),
        ),
        migrations.AddConstraint(
            model_name="honourentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("entered_by")), _negated=True), name="entry_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="honourentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title", ""), _negated=True),
                    models.Q(models.Q(("address", ""), _negated=True), ("scan__isnull", False), _connector="OR"),
                ),
                name="entry_has_a_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="honourentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(
                        ("confirmed_at__isnull", False), ("confirmed_by__isnull", False), ("honour__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="entry_confirmed_with_its_honour",
            ),
        ),
        migrations.AddConstraint(
            model_name="honourimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        ("imported__isnull", False),
                        models.Q(("closed_by", models.F("uploaded_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="honours_imported_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="recovery",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="recovery_positive"),
        ),
        migrations.AddConstraint(
            model_name="recovery",
            constraint=models.UniqueConstraint(fields=("voucher",), name="one_recovery_per_voucher"),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["proposed", "told", "heard", "decided"])),
                fields=("honour",),
                name="one_open_revocation_per_honour",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "revoked")), fields=("honour",), name="revoked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("entered_by")), _negated=True),
                name="revocation_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer_by", None), ("told_at", None), ("told_by", None)),
                    models.Q(("answer_by__isnull", False), ("told_at__isnull", False), ("told_by__isnull", False)),
                    _connector="OR",
                ),
                name="told_with_its_last_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("heard_at", None), ("heard_by", None), ("heard_on", None), ("hearing_record", "")),
                    models.Q(
                        ("heard_at__isnull", False),
                        ("heard_by__isnull", False),
                        ("heard_on__isnull", False),
                        models.Q(("hearing_record", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="heard_with_a_record",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["proposed", "told", "dropped"]),
                    ("heard_at__isnull", False),
                    ("cause", "returned"),
                    _connector="OR",
                ),
                name="no_decision_before_the_holder_is_heard",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "revoked"), _negated=True),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("issued_on__isnull", False),
                        ("outcome", "revoke"),
                        ("scan__isnull", False),
                        ("confirmed_by__isnull", False),
                        ("entered_by__isnull", False),
                        models.Q(("number", ""), _negated=True),
                        models.Q(("public_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="revoked_under_a_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "kept"), _negated=True),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                        ("outcome", "keep"),
                        models.Q(("grounds", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="kept_with_grounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="holderstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="statement_says_something"
            ),
        ),
        *append_only("awards_bar"),
        *append_only("awards_recovery"),
        *append_only("awards_holderstatement"),
    ]
