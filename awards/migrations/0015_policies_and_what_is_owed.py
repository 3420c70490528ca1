import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
import foshan_quality.lib.money
from foshan_quality.lib.append_only import append_only

# What was entitled so far was owed by the table alone; lines of the table counted as they were loaded.
OWED_SO_FAR = "UPDATE awards_entitlement SET owed_amount = table_amount"

FROZEN = """
CREATE FUNCTION subsidy_rule_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state <> 'entered' AND (OLD.kind_id, OLD.payer, OLD.amount, OLD.document,
            OLD.valid_from, OLD.stacking, OLD.combined, OLD.repeats, OLD.is_special, OLD.state)
        IS DISTINCT FROM (NEW.kind_id, NEW.payer, NEW.amount, NEW.document, NEW.valid_from,
            NEW.stacking, NEW.combined, NEW.repeats, NEW.is_special, NEW.state)) THEN
        RAISE EXCEPTION 'a line of the table stays as it is: % is refused', TG_OP
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'subsidy_rule_is_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subsidy_rule_is_frozen BEFORE UPDATE OR DELETE ON awards_subsidyrule
    FOR EACH ROW EXECUTE FUNCTION subsidy_rule_is_frozen();
"""
THAWED = "DROP TRIGGER subsidy_rule_is_frozen ON awards_subsidyrule; DROP FUNCTION subsidy_rule_is_frozen"


def fill_in_stacking(apps, _schema):
    """What the tables say of other sums, for the lines loaded before this was kept."""
    rules = apps.get_model("awards", "SubsidyRule").objects.filter(is_special=False)
    high = ["中国质量奖", "中国质量奖提名奖", "广东省政府质量奖"]
    rules.filter(kind__name__in=high).update(
        stacking="highest",
        combined=high,
        stacking_basis="扶持办法2023年修订征求意见稿：同一年度获国家级和省级奖的只按最高一项，"
        "同级荣誉再次获得不重复奖励（现行文本待补）",
    )
    rules.filter(kind__name="佛山市政府质量奖").update(
        stacking_basis="办法（2021）：每家一次性100万元；能否与其他荣誉叠加未见规定（待确认）"
    )
    rules.filter(kind__name="佛山标准产品证书").update(repeats=True, stacking_basis="每张计奖；叠加规定未见（待确认）")


class Migration(migrations.Migration):
    """Lines of the tables say how they add up and are confirmed by two; sums from elsewhere; changes of a budget."""

    dependencies = [
        ("awards", "0014_hearings"),
        ("enterprises", "0008_account_numbers_are_encrypted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BudgetChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "amount",
                    foshan_quality.lib.money.YuanField(decimal_places=2, max_digits=14, verbose_name="增减（元）"),
                ),
                ("document", models.CharField(max_length=120, verbose_name="调整文件")),
                ("changed_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="调整时间")),
            ],
            options={
                "verbose_name": "预算调整",
                "verbose_name_plural": "预算调整",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="OutsidePayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveIntegerField(verbose_name="荣誉年度")),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("city", "市级财政"),
                            ("440604", "禅城区财政"),
                            ("440605", "南海区财政"),
                            ("440606", "顺德区财政"),
                            ("440607", "三水区财政"),
                            ("440608", "高明区财政"),
                            ("other", "其他"),
                        ],
                        max_length=6,
                        verbose_name="支付方",
                    ),
                ),
                ("payer_name", models.CharField(max_length=120, verbose_name="资金名称或支付单位")),
                (
                    "amount",
                    foshan_quality.lib.money.YuanField(decimal_places=2, max_digits=14, verbose_name="金额（元）"),
                ),
                ("paid_on", models.DateField(blank=True, null=True, verbose_name="到账日期")),
                ("source", models.CharField(max_length=200, verbose_name="来源")),
                (
                    "entered_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="录入时间"),
                ),
                ("struck_at", models.DateTimeField(editable=False, null=True, verbose_name="作废时间")),
            ],
            options={
                "verbose_name": "其他渠道资助",
                "verbose_name_plural": "其他渠道资助",
                "ordering": ["-year", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="entitlement",
            name="special_needs_authority",
        ),
        migrations.RemoveConstraint(
            model_name="subsidyrule",
            name="one_rule_per_start",
        ),
        migrations.AddField(
            model_name="budget",
            name="payer",
            field=models.CharField(
                choices=[
                    ("city", "市级财政"),
                    ("440604", "禅城区财政"),
                    ("440605", "南海区财政"),
                    ("440606", "顺德区财政"),
                    ("440607", "三水区财政"),
                    ("440608", "高明区财政"),
                ],
                default="city",
                max_length=6,
                verbose_name="支付方",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="findings",
            field=models.JSONField(default=list, verbose_name="核查发现"),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="owed_amount",
            field=foshan_quality.lib.money.YuanField(
                decimal_places=2, max_digits=14, null=True, verbose_name="按标准应付（元）"
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="payer",
            field=models.CharField(
                choices=[
                    ("city", "市级财政"),
                    ("440604", "禅城区财政"),
                    ("440605", "南海区财政"),
                    ("440606", "顺德区财政"),
                    ("440607", "三水区财政"),
                    ("440608", "高明区财政"),
                ],
                default="city",
                max_length=6,
                verbose_name="支付方",
            ),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="article",
            field=models.CharField(blank=True, max_length=60, verbose_name="条款"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="combined",
            field=models.JSONField(blank=True, default=list, verbose_name="合并计算的荣誉"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="confirmed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="核对时间"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="confirmed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="核对人",
            ),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="entered_at",
            field=models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="录入时间"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="录入人",
            ),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="payer",
            field=models.CharField(
                choices=[
                    ("city", "市级财政"),
                    ("440604", "禅城区财政"),
                    ("440605", "南海区财政"),
                    ("440606", "顺德区财政"),
                    ("440607", "三水区财政"),
                    ("440608", "高明区财政"),
                ],
                default="city",
                max_length=6,
                verbose_name="支付方",
            ),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="repeats",
            field=models.BooleanField(default=False, verbose_name="再次获得同一荣誉的再次兑现"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="stacking",
            field=models.CharField(
                choices=[
                    ("alone", "同一年度有其他合并荣誉的不兑现"),
                    ("highest", "同一年度只按最高一项"),
                    ("top_up", "补差到较高一项"),
                    ("stack", "可以叠加"),
                ],
                default="stack",
                max_length=8,
                verbose_name="与其他荣誉",
            ),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="stacking_basis",
            field=models.CharField(blank=True, max_length=200, verbose_name="合并与重复规定的依据"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="stacking_confirmed",
            field=models.BooleanField(default=False, verbose_name="合并与重复规定已确认"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="state",
            field=models.CharField(
                choices=[("entered", "待核对"), ("in_force", "已核对"), ("dropped", "录入有误，已作废")],
                default="in_force",
                editable=False,
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="honour",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlements",
                to="awards.honour",
                verbose_name="荣誉",
            ),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="reason",
            field=models.TextField(blank=True, verbose_name="理由或说明"),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="state",
            field=models.CharField(
                choices=[("entered", "待授权"), ("ready", "可拨付"), ("declined", "不予授权"), ("withdrawn", "已撤回")],
                default="entered",
                editable=False,
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.RunSQL(OWED_SO_FAR, migrations.RunSQL.noop),
        migrations.RunPython(fill_in_stacking, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ready"), _negated=True),
                    models.Q(("amount", models.F("owed_amount")), ("owed_amount__isnull", False)),
                    models.Q(("authorised_by__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="special_needs_authority",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("owed_amount", None), ("table_amount", None)),
                    models.Q(
                        ("owed_amount__isnull", False),
                        ("owed_amount__lte", models.F("table_amount")),
                        ("table_amount__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="owed_is_the_table_less_deductions",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("findings", []), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="findings_are_explained",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["declined", "withdrawn"]), _negated=True),
                fields=("honour", "payer"),
                name="one_entitlement_per_honour",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"),
                name="rule_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("entered_by")), _negated=True), name="rule_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "in_force"), _negated=True),
                    ("entered_by", None),
                    ("confirmed_by__isnull", False),
                    _connector="OR",
                ),
                name="entered_rule_is_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidyrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True),
                fields=("kind", "payer", "valid_from", "amount"),
                name="one_rule_per_start",
            ),
        ),
        migrations.AddField(
            model_name="budgetchange",
            name="budget",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="awards.budget"
            ),
        ),
        migrations.AddField(
            model_name="budgetchange",
            name="changed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="经办人",
            ),
        ),
        migrations.AddField(
            model_name="outsidepayment",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="录入人",
            ),
        ),
        migrations.AddField(
            model_name="outsidepayment",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="awards.honourkind",
                verbose_name="荣誉",
            ),
        ),
        migrations.AddField(
            model_name="outsidepayment",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="outside_payments",
                to="enterprises.organisation",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="outsidepayment",
            name="struck_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="作废人",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="budget_change_not_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="outsidepayment",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="outside_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="outsidepayment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("struck_at", None)),
                fields=("organisation", "kind", "year", "payer", "payer_name"),
                name="outside_payment_entered_once",
            ),
        ),
        migrations.AddField(
            model_name="disbursement",
            name="look_note",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="账户核实情况"),
        ),
        migrations.AddField(
            model_name="disbursement",
            name="looked_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="账户核实时间"),
        ),
        migrations.AddField(
            model_name="disbursement",
            name="looked_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账户核实人",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("looked_by", models.F("prepared_by")), _negated=True),
                    models.Q(("looked_by", models.F("approved_by")), _negated=True),
                ),
                name="third_person_looks",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("looked_by", None),
                    models.Q(("looked_at__isnull", False), models.Q(("look_note", ""), _negated=True)),
                    _connector="OR",
                ),
                name="looked_with_a_note",
            ),
        ),
        *append_only("awards_budgetchange"),
        migrations.RunSQL(FROZEN, THAWED),
    ]
