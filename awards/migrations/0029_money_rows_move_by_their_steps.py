from django.db import migrations, models

from foshan_quality.lib.append_only import stays

# A line of an answer is one of its file: none joins once the file is booked or put aside.
JOINS = """
CREATE FUNCTION result_line_joins_an_open_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM joined j JOIN awards_resultfile f ON f.id = j.file_id
               WHERE j.booked_at IS NOT NULL OR f.state NOT IN ('read', 'unreadable')) THEN
        RAISE EXCEPTION 'a line joins no file that is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'result_line_joins_an_open_file';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER result_line_joins_an_open_file AFTER INSERT ON awards_resultline
    REFERENCING NEW TABLE AS joined FOR EACH STATEMENT EXECUTE FUNCTION result_line_joins_an_open_file();
"""
COMES = """
DROP TRIGGER result_line_joins_an_open_file ON awards_resultline; DROP FUNCTION result_line_joins_an_open_file
"""

# An approval has taken its sum out of the budget and booked it before its row says so.
BOOKED = """
CREATE FUNCTION approval_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM awards_ledgertransaction WHERE source = 'disbursement:' || NEW.id || ':approve') THEN
        RAISE EXCEPTION 'payment % is approved and not booked', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_booked';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER approval_is_booked AFTER UPDATE ON awards_disbursement FOR EACH ROW
    WHEN (OLD.state = 'prepared' AND NEW.state = 'approved') EXECUTE FUNCTION approval_is_booked();
"""
UNBOOKED = "DROP TRIGGER approval_is_booked ON awards_disbursement; DROP FUNCTION approval_is_booked"

# How long a notice must be is as frozen as that it must be.
FROZEN = """
CREATE TRIGGER length_of_notice_is_frozen BEFORE UPDATE ON awards_subsidyrule FOR EACH ROW
    WHEN (OLD.state <> 'entered'
        AND (OLD.notice_days, OLD.notice_in_workdays) IS DISTINCT FROM (NEW.notice_days, NEW.notice_in_workdays))
    EXECUTE FUNCTION rule_of_notice_is_frozen();
"""
THAWED = "DROP TRIGGER length_of_notice_is_frozen ON awards_subsidyrule"

PAYMENT = """
entitlement_id instalment_id replaces_id because budget_id account_id reference amount document prepared_at
prepared_by_id approved_at approved_by_id looked_at looked_by_id look_note seen
"""


class Migration(migrations.Migration):
    """Money rows change only by their steps, whoever writes; a notice has its days, a budget its year."""

    dependencies = [("awards", "0028_another_vote_and_supplements_on_their_base")]
    operations = [
        migrations.AddField(
            model_name="subsidyrule",
            name="notice_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="公示天数"),
        ),
        migrations.AddField(
            model_name="subsidyrule",
            name="notice_in_workdays",
            field=models.BooleanField(default=False, verbose_name="公示天数按工作日计"),
        ),
        migrations.AddConstraint(
            model_name="subsidyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("notice_days", None)) | models.Q(("needs_notice", True), ("notice_days__gte", 1)),
                name="notice_days_of_a_notice",
            ),
        ),
        migrations.RunSQL(FROZEN, THAWED),
        migrations.AddField(
            model_name="budget",
            name="carried_until",
            field=models.DateField(editable=False, null=True, verbose_name="结转使用至"),
        ),
        migrations.AddField(
            model_name="budget",
            name="carried_under",
            field=models.CharField(blank=True, editable=False, max_length=120, verbose_name="结转文件"),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(
                condition=models.Q(("carried_under", ""), ("carried_until", None))
                | models.Q(("carried_until__isnull", False), models.Q(("carried_under", ""), _negated=True)),
                name="carried_under_a_document",
            ),
        ),
        *stays(
            "awards_disbursement",
            steps="prepared>approved prepared>cancelled approved>cancelled approved>sending sending>sent sent>paid "
            "sent>returned",
            facts=PAYMENT,
            once="OLD.state <> 'prepared'",
            begins="NEW.state = 'prepared' AND NEW.approved_at IS NULL AND NEW.approved_by_id IS NULL",
        ),
        migrations.RunSQL(BOOKED, UNBOOKED),
        *stays(
            "awards_entitlement",
            steps="entered>ready entered>declined entered>withdrawn ready>withdrawn",
            facts="honour_id payer amount table_amount owed_amount findings document reason entered_at entered_by_id",
            begins="NEW.state IN ('entered', 'ready') AND NEW.authorised_at IS NULL AND NEW.authorised_by_id IS NULL",
        ),
        *stays(
            "awards_paymentplan",
            steps="entered>in_force entered>dropped in_force>replaced",
            facts="entitlement_id document reason entered_at entered_by_id",
            begins="NEW.state = 'entered'",
        ),
        *stays(
            "awards_payoutnotice",
            steps="entered>confirmed entered>dropped",
            facts="entitlement_id document address first_day last_day entered_at entered_by_id",
            begins="NEW.state = 'entered'",
        ),
        *stays(
            "awards_clawback",
            facts="disbursement_id owed due_on document opened_at opened_by_id",
            begins="NEW.received = 0 AND NEW.reduced = 0",
        ),
        *stays(
            "awards_reversal",
            steps="proposed>booked proposed>dropped",
            facts="booking_id reason proposed_at proposed_by_id",
            begins="NEW.state = 'proposed'",
        ),
        *stays(
            "awards_resultfile",
            steps="read>booked read>dropped",
            facts="name digest file_id read_at read_by_id",
            begins="NEW.state IN ('read', 'unreadable')",
        ),
        migrations.RunSQL(JOINS, COMES),
    ]
