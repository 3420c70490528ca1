from django.db import migrations

from foshan_quality.lib.append_only import append_only

BALANCE = """
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(amount), 0) <> 0 OR count(*) < 2
        FROM awards_ledgerentry WHERE transaction_id = NEW.transaction_id) THEN
        RAISE EXCEPTION 'booking % does not balance', NEW.transaction_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON awards_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
CREATE FUNCTION booking_has_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM awards_ledgerentry WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'booking % has no entries', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_booking_has_entries AFTER INSERT ON awards_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION booking_has_entries();
"""
UNDO = "DROP FUNCTION ledger_balances() CASCADE; DROP FUNCTION booking_has_entries() CASCADE"


class Migration(migrations.Migration):
    """A booking balances when its transaction commits; submitted and booked records only grow."""

    dependencies = [("awards", "0001_initial"), ("enterprises", "0002_audit_only_grows")]
    operations = [
        migrations.RunSQL(BALANCE, UNDO),
        *append_only("awards_ledgertransaction"),
        *append_only("awards_ledgerentry"),
        *append_only("awards_snapshot"),
        *append_only("awards_screening"),
        *append_only("awards_ranking"),
        *append_only("awards_ballot"),
    ]
