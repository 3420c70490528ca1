from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock

ENTRIES = """
CREATE OR REPLACE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric; found integer; budgets integer; stated integer;
BEGIN
    SELECT coalesce(sum(amount), 0), count(*), count(DISTINCT budget_id) INTO total, found, budgets
        FROM awards_ledgerentry WHERE transaction_id = NEW.transaction_id;
    SELECT entry_count INTO stated FROM awards_ledgertransaction WHERE id = NEW.transaction_id;
    IF total <> 0 OR found < 2 THEN
        RAISE EXCEPTION 'booking % does not balance', NEW.transaction_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF found <> stated THEN
        RAISE EXCEPTION 'booking % says % entries and has %', NEW.transaction_id, stated, found
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF budgets > 1 THEN
        RAISE EXCEPTION 'booking % is of % budgets', NEW.transaction_id, budgets
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(amount), 0) <> 0 OR count(*) < 2
        FROM awards_ledgerentry WHERE transaction_id = NEW.transaction_id) THEN
        RAISE EXCEPTION 'booking % does not balance', NEW.transaction_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""
REVERSAL = """
CREATE FUNCTION reversal_is_exact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT reverses_id IS NOT NULL FROM awards_ledgertransaction WHERE id = NEW.reverses_id) THEN
        RAISE EXCEPTION 'booking % reverses a reversal', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM awards_ledgerentry WHERE transaction_id = NEW.reverses_id AND disbursement_id IS NOT NULL)
    THEN
        RAISE EXCEPTION 'booking % reverses what a payment rests on', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM (
            SELECT account, budget_id, disbursement_id, amount
            FROM awards_ledgerentry WHERE transaction_id IN (NEW.id, NEW.reverses_id)
        ) AS both_sides
        GROUP BY account, budget_id, disbursement_id, abs(amount) HAVING sum(amount) <> 0
    ) OR (SELECT count(*) FROM awards_ledgerentry WHERE transaction_id = NEW.id)
        <> (SELECT count(*) FROM awards_ledgerentry WHERE transaction_id = NEW.reverses_id) THEN
        RAISE EXCEPTION 'booking % is not the opposite of booking %', NEW.id, NEW.reverses_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_reversal_is_exact AFTER INSERT ON awards_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION reversal_is_exact();
"""


class Migration(migrations.Migration):
    """Nothing is added to a booking, it concerns one budget, and it is taken back once, by its exact opposite."""

    dependencies = [
        ("awards", "0023_payment_batches_and_results"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reversal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待确认"), ("booked", "已冲正"), ("dropped", "已作废")],
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
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="确认时间")),
            ],
            options={
                "verbose_name": "台账冲正",
                "verbose_name_plural": "台账冲正",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="ledgertransaction",
            name="entry_count",
            field=models.PositiveSmallIntegerField(db_default=2, default=2, editable=False, verbose_name="分录数"),
        ),
        migrations.AddField(
            model_name="ledgertransaction",
            name="reverses",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversed_by",
                to="awards.ledgertransaction",
                verbose_name="冲正的记账",
            ),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="booked_at",
            field=models.DateTimeField(db_index=True, default=foshan_quality.lib.clock.now, verbose_name="记账时间"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", Decimal("-1000000000000")), ("amount__lt", Decimal("1000000000000"))),
                name="entry_within_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.CheckConstraint(condition=models.Q(("entry_count__gte", 2)), name="two_entries_at_least"),
        ),
        migrations.AddField(
            model_name="reversal",
            name="booked",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="awards.ledgertransaction",
                verbose_name="冲正记账",
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="awards.ledgertransaction",
                verbose_name="要冲正的记账",
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="confirmed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="确认人",
            ),
        ),
        migrations.AddField(
            model_name="reversal",
            name="proposed_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提出人",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="reversal_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", models.F("proposed_by")), _negated=True), name="reversal_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("booked__isnull", False),
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                        ("state", "booked"),
                    ),
                    models.Q(
                        models.Q(("state", "booked"), _negated=True),
                        ("booked", None),
                        ("confirmed_at", None),
                        ("confirmed_by", None),
                    ),
                    _connector="OR",
                ),
                name="reversal_is_booked_when_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True),
                fields=("booking",),
                name="one_reversal_per_booking",
            ),
        ),
        migrations.RunSQL(ENTRIES, AS_BEFORE),
        migrations.RunSQL(REVERSAL, "DROP FUNCTION reversal_is_exact() CASCADE"),
    ]
