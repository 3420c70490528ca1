import pytest
from django.db import IntegrityError, connection, transaction

from awards.experts import actions as pooling
from awards.models import (
    AnswerVersion,
    Bar,
    Budget,
    Clawback,
    ClawbackEntry,
    Consensus,
    Disbursement,
    Entitlement,
    Hearing,
    HearingDraw,
    HolderStatement,
    Instalment,
    Item,
    Opinion,
    PaymentPlan,
    Recovery,
    Resolution,
    ResolutionLine,
    Revocation,
    SiteEvidence,
    SiteVisit,
)
from awards.publicity.text_actions import set_text
from awards.subsidies.policies import actions as ruling
from awards.subsidies.reconciling import actions as reconciling
from foshan_quality.lib import clock
from tests import given

TABLES = [
    "awards_answerversion",
    "awards_bar",
    "awards_budgetchange",
    "awards_conductentry",
    "awards_creditfinding",
    "awards_declaration",
    "awards_hearingdraw",
    "awards_holderstatement",
    "awards_instalment",
    "awards_judgement",
    "awards_ledgerentry",
    "awards_ledgertransaction",
    "awards_markversion",
    "awards_opinion",
    "awards_pledge",
    "awards_pledgetext",
    "awards_ranking",
    "awards_reconciliation",
    "awards_recovery",
    "awards_resolutionline",
    "awards_screening",
    "awards_siteevidence",
    "awards_slip",
    "awards_snapshot",
    "awards_texttemplate",
    "awards_windowchange",
    "enterprises_auditevent",
    "enterprises_creditrecord",
    "enterprises_formername",
    "enterprises_parentlink",
]


def columns(table):
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


@pytest.mark.parametrize(
    "verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
)
def test_tables_that_only_grow_refuse_their_owner(db, verb):
    season = given.walk_to("proposed", firms=1, experts=1, members=1, experts_per_application="1")
    ruling.change_budget(given.budget(), by=given.maker(), amount="1", document="某文件")
    reconciling.run(by=given.maker())
    given.excluded(given.finding(season.applications[0]), given.secretary())
    given.renamed(season.applications[0].organisation)
    given.organisation(parent_name="某集团有限公司", parent_code=given.credit_code())
    AnswerVersion.objects.create(
        application=season.applications[0], written_by=season.secretary, written_at=clock.now(), kept_at=clock.now()
    )
    given.moved_window(given.open_edition())
    programme = season.edition.programme
    set_text(by=season.secretary, programme=programme, kind="notice", title="公示", body="正文。", source="局务会")
    pooling.add_conduct(season.experts[0].expert, by=season.secretary, kind="note", text="评语过简。")
    _reviewed(season.applications[0], season.secretary)
    _taken_back(season.applications[0], season.secretary)
    _approved(season.applications[0], season.secretary)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

        refusals = {}
        for table in TABLES:
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                cursor.execute(verb.format(table=table, column=columns(table)[0]))
            refusals[table] = str(refusal.value).split("\n")[0]

    assert refusals == {table: f"{table} only grows: {verb.split()[0]} is refused" for table in TABLES}


def _reviewed(application, by):
    """A line of each log of the review, written past every rule."""
    now = clock.now()
    consensus = Consensus.objects.create(application=application, begun_at=now, begun_by=by)
    Opinion.objects.create(consensus=consensus, round=1, member=by, agrees=True, given_at=now)
    days = {"first_day": now.date(), "last_day": now.date()}
    visit = SiteVisit.objects.create(application=application, planned_by=by, place="某地", agenda="议程", **days)
    SiteEvidence.objects.create(visit=visit, item=Item.objects.first(), seen="所见", noted_at=now, noted_by=by)
    called = {"begins_at": now, "place": "某地", "minutes": 40, "called_at": now, "called_by": by}
    hearing = Hearing.objects.create(edition=application.edition, **called)
    HearingDraw.objects.create(hearing=hearing, number=1, seed="0", order=[], drawn_at=now, drawn_by=by)


def _approved(application, by):
    """A document in force with its line, written past every rule."""
    papers = {"number": "佛府〔2026〕18号", "title": "通报", "issued_on": clock.today(), "entered_by": by}
    resolution = Resolution.objects.create(edition=application.edition, **papers)
    name = application.organisation.name
    ResolutionLine.objects.create(resolution=resolution, application=application, name=name, is_approved=True)


def _taken_back(application, by):
    """What follows from a revocation, written past every rule."""
    firm, now = application.organisation, clock.now()
    honour = given.recorded_honour(firm, application=application)
    case = Revocation.objects.create(honour=honour, cause="fraud", facts="某", basis="某", proposed_by=by)
    HolderStatement.objects.create(revocation=case, text="某", stated_by=by)
    bar = {"editions": 1, "since": now, "reason": "某"}
    Bar.objects.create(organisation=firm, programme=application.edition.programme, set_by=by, **bar)
    sums = {"amount": 1, "document": "某"}
    entitled = Entitlement.objects.create(honour=honour, entered_by=by, **sums)
    account = given.bank_account(firm)
    paid = Disbursement.objects.create(
        entitlement=entitled, budget=Budget.objects.first(), account=account, prepared_by=by, **sums
    )
    owed = Clawback.objects.create(disbursement=paid, owed=1, due_on=now.date(), document="某", opened_by=by)
    entry = ClawbackEntry.objects.create(
        clawback=owed, kind="received", amount=1, day=now.date(), document="1", entered_by=by
    )
    facts = {"amount": 1, "received_on": now.date(), "voucher": "1", "booked_by": by}
    Recovery.objects.create(clawback=owed, entry=entry, **facts)
    plan = PaymentPlan.objects.create(entitlement=entitled, document="某", reason="某", entered_by=by)
    Instalment.objects.create(plan=plan, turn=1, due_on=now.date(), amount=1)


def test_no_other_table_carries_the_trigger_and_none_of_these_lost_it(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid "
            "WHERE proname = 'refuse_change' AND tgenabled = 'O' GROUP BY 1 ORDER BY 1"
        )
        guarded = cursor.fetchall()

    assert guarded == [(table, 2) for table in TABLES]
