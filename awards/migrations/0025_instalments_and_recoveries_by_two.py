import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
import foshan_quality.lib.money
from foshan_quality.lib.append_only import append_only

# What is paid or being paid of an entitlement never exceeds it. The row of the entitlement is held while the sum is
# taken, so that two payments at one instant see each other. Steps of a payment that counts already ask nothing.
WITHIN = """
CREATE FUNCTION payments_within_the_entitlement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole numeric;
    live numeric;
BEGIN
    SELECT amount INTO whole FROM awards_entitlement WHERE id = NEW.entitlement_id FOR NO KEY UPDATE;
    SELECT sum(amount) INTO live FROM awards_disbursement
        WHERE entitlement_id = NEW.entitlement_id AND state NOT IN ('returned', 'cancelled');
    IF live > whole THEN
        RAISE EXCEPTION 'payments of entitlement % would come to % of %', NEW.entitlement_id, live, whole
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_within_the_entitlement';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_within_the_entitlement AFTER INSERT ON awards_disbursement
    FOR EACH ROW WHEN (NEW.state NOT IN ('returned', 'cancelled'))
    EXECUTE FUNCTION payments_within_the_entitlement();
CREATE TRIGGER changed_payments_within_the_entitlement AFTER UPDATE ON awards_disbursement
    FOR EACH ROW WHEN (NEW.state NOT IN ('returned', 'cancelled') AND (OLD.state IN ('returned', 'cancelled')
        OR OLD.amount < NEW.amount OR OLD.entitlement_id <> NEW.entitlement_id))
    EXECUTE FUNCTION payments_within_the_entitlement();
CREATE FUNCTION entitlement_covers_its_payments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM awards_disbursement
            WHERE entitlement_id = NEW.id AND state NOT IN ('returned', 'cancelled')) > NEW.amount THEN
        RAISE EXCEPTION 'entitlement % is being paid by more than %', NEW.id, NEW.amount
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_covers_its_payments';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entitlement_covers_its_payments AFTER UPDATE ON awards_entitlement
    FOR EACH ROW WHEN (NEW.amount < OLD.amount) EXECUTE FUNCTION entitlement_covers_its_payments();
"""
WITHOUT = """
DROP TRIGGER entitlement_covers_its_payments ON awards_entitlement;
DROP FUNCTION entitlement_covers_its_payments;
DROP TRIGGER changed_payments_within_the_entitlement ON awards_disbursement;
DROP TRIGGER payments_within_the_entitlement ON awards_disbursement;
DROP FUNCTION payments_within_the_entitlement;
"""

# An instalment is paid by its own sum while its plan is in force; what is paid again came back before.
FITS = """
CREATE FUNCTION payment_fits_what_it_pays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.instalment_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM awards_instalment i JOIN awards_paymentplan p ON p.id = i.plan_id
        WHERE i.id = NEW.instalment_id AND i.amount = NEW.amount
            AND p.entitlement_id = NEW.entitlement_id AND p.state = 'in_force'
    ) THEN
        RAISE EXCEPTION 'payment and instalment % do not fit', NEW.instalment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_fits_its_instalment';
    END IF;
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM awards_disbursement r
        WHERE r.id = NEW.replaces_id AND r.entitlement_id = NEW.entitlement_id AND r.state = 'returned'
    ) THEN
        RAISE EXCEPTION 'payment % did not come back', NEW.replaces_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_returned_payment_is_replaced';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_fits_what_it_pays BEFORE INSERT ON awards_disbursement
    FOR EACH ROW EXECUTE FUNCTION payment_fits_what_it_pays();
"""
LOOSE = "DROP TRIGGER payment_fits_what_it_pays ON awards_disbursement; DROP FUNCTION payment_fits_what_it_pays"

# What is entered about a clawback stays as it is entered; only its state moves, and only once.
STAYS = """
CREATE FUNCTION clawback_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'entered' OR
            (OLD.clawback_id, OLD.kind, OLD.amount, OLD.day, OLD.document, OLD.text, OLD.entered_at, OLD.entered_by_id)
        IS DISTINCT FROM
            (NEW.clawback_id, NEW.kind, NEW.amount, NEW.day, NEW.document, NEW.text, NEW.entered_at, NEW.entered_by_id)
    THEN
        RAISE EXCEPTION 'an entry of a clawback stays as it is: % is refused', TG_OP
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'clawback_entry_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clawback_entry_stays BEFORE UPDATE OR DELETE ON awards_clawbackentry
    FOR EACH ROW EXECUTE FUNCTION clawback_entry_stays();
"""
MOVES = "DROP TRIGGER clawback_entry_stays ON awards_clawbackentry; DROP FUNCTION clawback_entry_stays"

# Money that came back before this was kept was booked by one person; from now on nobody books it alone.
BY_TWO = """
ALTER TABLE awards_recovery ADD CONSTRAINT recovery_was_entered CHECK (entry_id IS NOT NULL) NOT VALID
"""
BY_ONE = "ALTER TABLE awards_recovery DROP CONSTRAINT recovery_was_entered"

# The rule on a notice before payment is as frozen as the rest of a line.
FROZEN = """
CREATE FUNCTION rule_of_notice_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a line of the table stays as it is'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'rule_of_notice_is_frozen';
END $$;
CREATE TRIGGER rule_of_notice_is_frozen BEFORE UPDATE ON awards_subsidyrule FOR EACH ROW
    WHEN (OLD.state <> 'entered'
        AND (OLD.needs_notice, OLD.notice_basis) IS DISTINCT FROM (NEW.needs_notice, NEW.notice_basis))
    EXECUTE FUNCTION rule_of_notice_is_frozen();
"""
THAWED = "DROP TRIGGER rule_of_notice_is_frozen ON awards_subsidyrule; DROP FUNCTION rule_of_notice_is_frozen"

# Payments made after a return, before this was kept, get the one they took the place of.
LINKED = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE awards_disbursement d SET replaces_id = (
    SELECT max(r.id) FROM awards_disbursement r
    WHERE r.entitlement_id = d.entitlement_id AND r.state = 'returned' AND r.id < d.id
)
WHERE EXISTS (
    SELECT 1 FROM awards_disbursement r
    WHERE r.entitlement_id = d.entitlement_id AND r.state = 'returned' AND r.id < d.id
);
"""


class Migration(migrations.Migration):
    """Instalments, payments in place of returned ones, recoveries by two people, notices before payment."""

    dependencies = [
        ("awards", "0024_stricter_books_and_reversals"),
        ("enterprises", "0008_account_numbers_are_encrypted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClawbackEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("received", "退回到账"), ("reduced", "减免"), ("pay_to", "缴款方式")],
                        max_length=8,
                        verbose_name="事项",
                    ),
                ),
                (
                    "amount",
                    foshan_quality.lib.money.YuanField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="金额（元）"
                    ),
                ),
                ("day", models.DateField(null=True, verbose_name="到账或文件日期")),
                ("document", models.CharField(max_length=200, verbose_name="凭证号或依据文件")),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="理由或缴款方式")),
                (
                    "state",
                    models.CharField(
                        choices=[("entered", "待复核"), ("confirmed", "已复核"), ("dropped", "已作废")],
                        default="entered",
                        editable=False,
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                (
                    "entered_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="登记时间"),
                ),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="复核时间")),
            ],
            options={
                "verbose_name": "追回登记",
                "verbose_name_plural": "追回登记",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("turn", models.PositiveSmallIntegerField(verbose_name="期次")),
                ("due_on", models.DateField(verbose_name="应付日期")),
                (
                    "amount",
                    foshan_quality.lib.money.YuanField(decimal_places=2, max_digits=14, verbose_name="金额（元）"),
                ),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="付款条件")),
            ],
            options={
                "verbose_name": "分期款",
                "verbose_name_plural": "分期款",
                "ordering": ["plan", "turn"],
            },
        ),
        migrations.CreateModel(
            name="PaymentPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document", models.CharField(max_length=200, verbose_name="依据文件")),
                ("reason", models.TextField(verbose_name="分期理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("entered", "待核对"),
                            ("in_force", "执行中"),
                            ("replaced", "已被新计划代替"),
                            ("dropped", "已作废"),
                        ],
                        default="entered",
                        editable=False,
                        max_length=8,
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
                "verbose_name": "分期计划",
                "verbose_name_plural": "分期计划",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PayoutNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document", models.CharField(max_length=200, verbose_name="公示标题或文号")),
                ("address", models.URLField(blank=True, max_length=300, verbose_name="公开地址")),
                ("first_day", models.DateField(verbose_name="公示首日")),
                ("last_day", models.DateField(verbose_name="公示末日")),
                (
                    "state",
                    models.CharField(
                        choices=[("entered", "待核对"), ("confirmed", "已核对"), ("dropped", "已作废")],
                        default="entered",
                        editable=False,
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                (
                    "entered_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="登记时间"),
                ),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "拨付公示",
                "verbose_name_plural": "拨付公示",
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="clawback",
            name="not_more_than_owed",
        ),
        migrations.RemoveConstraint(
            model_name="disbursement",
            name="one_live_payment_per_entitlement",
        ),
        migrations.AddField(
            model_name="clawback",
            name="pay_to",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="缴款方式"),
        ),
        migrations.AddField(
            model_name="clawback",
            name="reduced",
            field=foshan_quality.lib.money.YuanField(
                decimal_places=2, default=0, editable=False, max_digits=14, verbose_name="已减免（元）"
            ),
        ),
        migrations.AddField(
            model_name="disbursement",
            name="because",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="账户未变的理由"),
        ),
        migrations.AddField(
            model_name="disbursement",
            name="replaces",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacements",
                to="awards.disbursement",
                verbose_name="重付的拨付单",
            ),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="needs_notice",
            field=models.BooleanField(default=False, verbose_name="拨付前须公示"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="notice_basis",
            field=models.CharField(blank=True, max_length=200, verbose_name="拨付前公示的依据"),
        ),
        migrations.AddConstraint(
            model_name="clawback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "owed__gte",
                        django.db.models.expressions.CombinedExpression(models.F("received"), "+", models.F("reduced")),
                    ),
                    ("received__gte", 0),
                    ("reduced__gte", 0),
                ),
                name="not_more_than_owed",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_notice", False), models.Q(("notice_basis", ""), _negated=True), _connector="OR"
                ),
                name="notice_has_a_basis",
            ),
        ),
        migrations.AddField(
            model_name="clawbackentry",
            name="clawback",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="awards.clawback",
                verbose_name="奖金追回",
            ),
        ),
        migrations.AddField(
            model_name="clawbackentry",
            name="confirmed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="复核人",
            ),
        ),
        migrations.AddField(
            model_name="clawbackentry",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="recovery",
            name="entry",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recovery",
                to="awards.clawbackentry",
            ),
        ),
        migrations.AddField(
            model_name="disbursement",
            name="instalment",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="awards.instalment",
                verbose_name="分期款",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("instalment", None), models.Q(("state__in", ["returned", "cancelled"]), _negated=True)
                ),
                fields=("entitlement",),
                name="one_live_payment_per_entitlement",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["returned", "cancelled"]), _negated=True),
                fields=("instalment",),
                name="one_live_payment_per_instalment",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("replaces",),
                name="one_payment_in_place_of_a_returned_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.CheckConstraint(
                condition=models.Q(("because", ""), ("replaces__isnull", False), _connector="OR"),
                name="same_account_only_after_a_return",
            ),
        ),
        migrations.AddField(
            model_name="paymentplan",
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
            model_name="paymentplan",
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
            model_name="paymentplan",
            name="entitlement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plans",
                to="awards.entitlement",
                verbose_name="奖补资格",
            ),
        ),
        migrations.AddField(
            model_name="instalment",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="instalments", to="awards.paymentplan"
            ),
        ),
        migrations.AddField(
            model_name="payoutnotice",
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
            model_name="payoutnotice",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="payoutnotice",
            name="entitlement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_notices",
                to="awards.entitlement",
                verbose_name="奖补资格",
            ),
        ),
        migrations.AddConstraint(
            model_name="clawbackentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("document", ""), _negated=True),
                    models.Q(
                        models.Q(
                            ("amount__gt", 0), ("amount__isnull", False), ("day__isnull", False), ("kind", "received")
                        ),
                        models.Q(
                            ("amount__gt", 0),
                            ("amount__isnull", False),
                            ("day__isnull", False),
                            ("kind", "reduced"),
                            models.Q(("text", ""), _negated=True),
                        ),
                        models.Q(("amount", None), ("kind", "pay_to"), models.Q(("text", ""), _negated=True)),
                        _connector="OR",
                    ),
                ),
                name="clawback_entry_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="clawbackentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("entered_by")), _negated=True),
                name="clawback_entry_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="clawbackentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="clawback_entry_is_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="clawbackentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "received"), models.Q(("state", "dropped"), _negated=True)),
                fields=("document",),
                name="one_voucher_entered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("entered_by")), _negated=True), name="plan_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["entered", "dropped"]),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="plan_in_force_is_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_force")), fields=("entitlement",), name="one_plan_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "entered")), fields=("entitlement",), name="one_plan_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="instalment_positive"),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.UniqueConstraint(fields=("plan", "turn"), name="one_instalment_a_turn"),
        ),
        migrations.AddConstraint(
            model_name="payoutnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="payout_notice_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("entered_by")), _negated=True),
                name="payout_notice_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="payout_notice_is_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True),
                fields=("entitlement",),
                name="one_payout_notice_per_entitlement",
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
                    ("reduced", "已减免"),
                ],
                max_length=14,
                verbose_name="科目",
            ),
        ),
        *append_only("awards_instalment"),
        migrations.RunSQL(LINKED, migrations.RunSQL.noop),
        migrations.RunSQL(WITHIN, WITHOUT),
        migrations.RunSQL(FITS, LOOSE),
        migrations.RunSQL(STAYS, MOVES),
        migrations.RunSQL(BY_TWO, BY_ONE),
        migrations.RunSQL(FROZEN, THAWED),
    ]
