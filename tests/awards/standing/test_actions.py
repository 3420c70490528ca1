"""Credit records against applications: every step that counts asks for them, and people judge what is found."""

from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from awards.decisions import meeting_actions as sitting
from awards.models import CreditFinding, Disbursement, EditionRule, Honour, LedgerTransaction
from awards.process import State
from awards.publicity import actions as publicising
from awards.resolutions import actions as resolving
from awards.standing import actions
from awards.standing.queries import standings
from awards.standing.tasks import recheck
from awards.standing.verdict import Judged, Verdict, stands_in_the_way, verdict
from awards.subsidies import actions as paying
from awards.subsidies.actions import digest_of
from awards.subsidies.batches import treasury
from awards.subsidies.tasks import send_batch
from enterprises.credit import actions as crediting
from enterprises.credit.kinds import Kind, Level
from enterprises.credit.standing import look_back
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by, state_of

pytestmark = pytest.mark.django_db
SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1", "quorum": "1/100"}


def audited():
    return list(AuditEvent.objects.order_by("seq").values_list("verb", flat=True))


# --- the judgements of a finding --------------------------------------------------------------------------

NO, YES = Judged.EXCLUDED, Judged.CONFIRMED


@pytest.mark.parametrize(
    ("said", "comes_to"),
    [
        ([], Verdict.OPEN),
        ([(NO, 1)], Verdict.EXCLUDED_BY_ONE),
        ([(NO, 1), (NO, 1)], Verdict.EXCLUDED_BY_ONE),
        ([(NO, 1), (NO, 2)], Verdict.EXCLUDED),
        ([(NO, 1), (NO, 2), (NO, 3)], Verdict.EXCLUDED),
        ([(YES, 1)], Verdict.CONFIRMED),
        ([(NO, 1), (NO, 2), (YES, 3)], Verdict.CONFIRMED),
        ([(YES, 3), (NO, 1)], Verdict.EXCLUDED_BY_ONE),
    ],
)
def test_what_the_judgements_come_to(said, comes_to):
    assert verdict(said) == comes_to


def test_one_exclusion_is_enough_until_the_approval_which_asks_for_two():
    stopped = {v: [bool(stands_in_the_way(v, judges=n)) for n in (1, 2)] for v in Verdict}

    assert stopped == {
        Verdict.OPEN: [True, True],
        Verdict.EXCLUDED_BY_ONE: [False, True],
        Verdict.EXCLUDED: [False, False],
        Verdict.CONFIRMED: [True, True],
    }


# --- at each step -----------------------------------------------------------------------------------------


@pytest.fixture
def found(submitted, spring):
    """A submitted application with one finding."""
    return given.finding(submitted)


def test_a_submitted_dossier_is_not_accepted_until_the_record_is_excluded(found, submitted, secretary):
    with refused("credit", untouched=[submitted]):
        given.accepted(submitted, by=secretary)
    given.excluded(found, secretary)

    given.accepted(submitted, by=secretary)

    assert state_of(submitted) == State.IN_REVIEW


def test_the_refusal_names_organisation_record_document_and_what_to_do(submitted, secretary):
    given.credit_record(submitted.organisation, number="佛样监处罚〔2026〕9号")

    with pytest.raises(Refused) as refusal:
        given.accepted(submitted, by=secretary)

    assert str(refusal.value) == (
        f"{submitted.organisation.name}有一条信用记录尚未核查："
        "行政处罚，佛山市某局佛样监处罚〔2026〕9号，2026-02-03 作出。"
        "没有办理，请秘书处在“信用核查”核对后判断；列表中没有时先按“立即核对”。"
    )


def test_a_record_that_came_in_during_the_review_stops_the_vote(db):
    season = given.walk_to("shortlisted", **SMALL)
    with clock.at(given.VOTE):
        meeting = given.meeting(season, present=[given.member()])
        found = given.finding(season.applications[0])

        with refused("credit", untouched=[meeting]):
            sitting.open_vote(meeting, by=season.secretary)
        given.excluded(found, season.second)
        sitting.open_vote(meeting, by=season.secretary)

    assert state_of(meeting) == "voting"


def test_a_record_that_came_in_after_the_vote_stops_the_notice(db):
    season = given.walk_to("proposed", **SMALL)
    with clock.at(given.NOTICE):
        notice = publicising.draft_notice(season.edition, by=season.secretary, title="公示", body="现予公示。")
        found = given.finding(season.applications[0])

        with refused("credit", untouched=[notice]):
            publicising.publish(notice, by=season.second)
        given.excluded(found, season.second)
        publicising.publish(notice, by=season.second)

    assert state_of(notice) == "published"


def test_the_approval_asks_for_two_people(db):
    season = given.walk_to("publicised", **SMALL)
    with clock.at(given.AFTER_NOTICE):
        entered = given.resolution_of(season)
        found = given.finding(season.applications[0])
        given.excluded(found, season.secretary)

        with refused("credit", untouched=[entered]):
            resolving.confirm(entered, by=season.second)
        given.excluded(found, season.second)
        resolving.confirm(entered, by=season.second)

    assert state_of(season.applications[0]) == State.HONOURED


@pytest.fixture
def honoured(db):
    season = given.walk_to("honoured", **SMALL)
    with clock.at(given.AFTER_NOTICE + timedelta(days=1)):
        yield season


@pytest.fixture
def payment(honoured):
    return given.prepared_payment(honoured)


def approved(payment):
    return paying.approve(payment, by=given.checker(), seen=digest_of(payment))


def test_a_payment_is_not_approved_over_a_record_that_two_people_have_not_excluded(payment, honoured):
    found = given.finding(honoured.applications[0])

    with refused("credit", untouched=[payment]):
        approved(payment)
    given.excluded(found)
    approved(payment)

    assert state_of(payment) == Disbursement.State.APPROVED


def test_a_record_between_approval_and_sending_holds_the_payment_back_and_says_why(payment, honoured):
    approved(payment)
    found, maker = given.finding(honoured.applications[0]), given.maker()
    bookings = LedgerTransaction.objects.count()

    for _ in range(3):
        with pytest.raises(paying.Refused, match="有一条信用记录"):
            given.batched(payment, by=maker)

    payment.refresh_from_db()
    assert payment.state == Disbursement.State.APPROVED
    assert found.record.said in payment.problem
    assert audited().count("hold_back") == 1
    assert LedgerTransaction.objects.count() == bookings
    assert list(treasury.folder("out").iterdir()) == []


def test_a_payment_held_back_goes_with_the_next_batch_once_the_record_is_excluded(payment, honoured):
    approved(payment)
    found = given.finding(honoured.applications[0])
    with pytest.raises(paying.Refused, match="有一条信用记录"):
        given.batched(payment)
    assert Disbursement.objects.get().state == Disbursement.State.APPROVED

    given.excluded(found)
    given.sent(payment)

    payment.refresh_from_db()
    assert (payment.state, payment.problem) == (Disbursement.State.SENT, "")


def test_a_confirmed_record_stops_the_payment_and_the_checker_sends_it_back(payment, honoured):
    approved(payment)
    found = given.finding(honoured.applications[0])
    actions.confirm(found, by=honoured.secretary, reason="属实")
    with pytest.raises(paying.Refused):
        given.batched(payment)

    payment.refresh_from_db()
    assert "经核查属实" in payment.problem
    paying.reject(payment, by=given.checker(), reason="信用记录属实")
    assert state_of(payment) == Disbursement.State.CANCELLED


def test_an_honour_without_an_application_is_held_against_its_organisations_records(payment, honoured):
    """By the newest call's rules, three years back from today and not from the opening."""
    Honour.objects.filter(pk=payment.entitlement.honour_id).update(application=None)
    payment, today = Disbursement.objects.get(), clock.today()
    organisation = payment.entitlement.honour.organisation
    given.credit_record(organisation, decided_on=look_back(3, today) - timedelta(days=1))
    record = given.credit_record(organisation, decided_on=look_back(3, today))

    with refused("credit", untouched=[payment]):
        approved(payment)
    crediting.void(record, by=honoured.secretary, reason="登记错误")
    approved(payment)

    assert state_of(payment) == Disbursement.State.APPROVED


def test_a_payment_in_flight_is_not_called_back(payment, honoured):
    approved(payment)
    batch = given.batched(payment).batch_id
    given.credit_record(honoured.applications[0].organisation)

    send_batch(batch)

    assert state_of(payment) == Disbursement.State.SENT


# --- what is found ----------------------------------------------------------------------------------------


def test_the_recheck_raises_each_finding_once_for_applications_on_their_way(submitted, draft, spring):
    other = given.empty_draft(submitted.edition, given.organisation())
    record = given.credit_record(submitted.organisation)
    given.credit_record(other.organisation)

    recheck()
    recheck()

    assert [(f.application, f.record) for f in CreditFinding.objects.all()] == [(submitted, record)]
    assert audited().count("raise_findings") == 1


def test_new_records_wake_the_recheck_by_its_name_and_so_does_the_night(settings):
    nightly = settings.CELERY_BEAT_SCHEDULE["recheck-credit"]["task"]

    assert (crediting.RECHECK, nightly) == (recheck.name, recheck.name)


@pytest.mark.parametrize(
    ("facts", "is_found"),
    [
        ({"kind": Kind.ACCIDENT, "level": Level.MAJOR}, True),
        ({"kind": Kind.ACCIDENT, "level": Level.SERIOUS}, False),
        ({"kind": Kind.OTHER}, False),
        ({"decided_on": date(2023, 3, 2)}, True),
        ({"decided_on": date(2023, 3, 1)}, False),
    ],
)
def test_what_rules_out_follows_the_rules_of_the_edition(submitted, secretary, facts, is_found):
    given.credit_record(submitted.organisation, **facts)

    assert actions.recheck(by=secretary) == is_found
    with refused("credit") if is_found else nullcontext():
        given.accepted(submitted, by=secretary)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("veto_look_back", "1"),
        ("veto_look_back", "2026-03-01"),
        ("veto_kinds", "刑事、事故"),
        ("veto_kinds", "无"),
        ("veto_when_repaired", "否"),
    ],
)
def test_other_rules_find_otherwise(submitted, secretary, key, value):
    given.credit_record(submitted.organisation, decided_on=date(2024, 1, 1), repaired_on=date(2025, 1, 1))
    assert len(standings([submitted])[submitted].vetoes) == 1

    EditionRule.objects.filter(edition=submitted.edition, key=key).update(value=value)
    fresh = type(submitted).objects.get(pk=submitted.pk)

    assert standings([fresh])[fresh].vetoes == []


def test_a_corrected_record_must_be_judged_anew_and_a_withdrawn_one_not_at_all(found, submitted, secretary):
    given.excluded(found, secretary)
    facts = {name: getattr(found.record, name) for name in crediting.FACTS}
    newer = crediting.correct(found.record, by=secretary, reason="金额更正", **facts | {"authority": "另一局"})
    with refused("credit"):
        given.accepted(submitted, by=secretary)

    crediting.void(newer, by=secretary, reason="同名单位")

    given.accepted(submitted, by=secretary)
    assert not CreditFinding.objects.unjudged().exists()


def test_findings_cost_the_same_queries_for_one_application_and_three(edition, secretary, django_assert_num_queries):
    firms = [given.submitted(given.complete_draft(edition, given.organisation())) for _ in range(3)]
    for firm in firms:
        given.finding(firm)
    rows = type(firms[0]).objects.select_related("organisation", "edition").order_by("pk")

    for count in (1, 3):
        few = list(rows[:count])
        with django_assert_num_queries(4):
            assert len(actions.in_the_way(few)) == count


# --- judging ----------------------------------------------------------------------------------------------


def test_an_exclusion_wants_a_reason_and_a_document(found, secretary):
    with refused("reason", untouched=[found]):
        actions.exclude(found, by=secretary, reason=" ", document="文件")
    with refused("document", untouched=[found]):
        actions.exclude(found, by=secretary, reason="理由", document=" ")


def test_nobody_judges_alike_twice_and_everybody_is_on_record(found, secretary):
    given.excluded(found, secretary)
    with refused("您已经作出过这个判断，须由另一名工作人员办理。没有重复保存。", untouched=[found]):
        given.excluded(found, secretary)

    event = AuditEvent.objects.filter(verb="exclude_finding").get()
    assert (event.actor_id, event.note, event.details["document"]) == (secretary.pk, "与奖项无关", "某说明〔2026〕1号")


def test_only_the_secretariat_judges(found):
    check_duty(Permission.FINDING_JUDGE, lambda by: actions.confirm(found, by=by, reason="属实"), found)
    check_duty(Permission.FINDING_JUDGE, lambda by: actions.disqualify(found, by=by, reason="属实"), found)
    check_duty(Permission.FINDING_RAISE, lambda by: actions.recheck(by=by), found)


def test_a_finding_whose_record_was_corrected_is_not_judged_any_more(found, secretary):
    crediting.void(found.record, by=secretary, reason="错误")

    with no_trace(found), pytest.raises(WrongState):
        given.excluded(found, secretary)


def test_the_applicant_is_told_nothing_of_a_finding(found, submitted, secretary):
    actions.confirm(found, by=secretary, reason="属实")

    told = Message.objects.exclude(kind__in=["application_submitted", "opinion_confirmed"])
    assert list(told) == []


@pytest.mark.parametrize(
    ("step", "state", "after"),
    [
        ("in_review", State.IN_REVIEW, State.NOT_SHORTLISTED),
        ("shortlisted", State.SHORTLISTED, State.NOT_PROPOSED),
        ("proposed", State.PROPOSED, State.NOT_PROPOSED),
        ("publicised", State.PUBLICISED, State.STRUCK),
    ],
)
def test_a_confirmed_record_takes_the_application_off_the_list_by_a_second_person(db, step, state, after):
    season = given.walk_to(step, **SMALL)
    application, found = season.applications[0], given.finding(season.applications[0])
    with refused("还没有人核查属实，不能取消资格。没有改动任何内容。", untouched=[application]):
        actions.disqualify(found, by=season.secretary, reason="属实")
    actions.confirm(found, by=season.secretary, reason="属实")
    with refused("two_people", untouched=[application]):
        actions.disqualify(found, by=season.secretary, reason="属实")

    assert state_of(application) == state
    actions.disqualify(found, by=season.second, reason="属实")

    assert state_of(application) == after


def test_before_acceptance_and_after_the_honour_other_ways_lead_out(found, submitted, secretary):
    actions.confirm(found, by=secretary, reason="属实")

    with no_trace(submitted), pytest.raises(WrongState):
        actions.disqualify(found, by=given.secretary(), reason="属实")
    given.refused(submitted, by=secretary, reason="信用记录", basis="办法")
    assert state_of(submitted) == State.REFUSED


def test_a_district_officer_neither_raises_nor_judges(found):
    with pytest.raises(PermissionDenied):
        actions.confirm(found, by=given.district_officer(), reason="属实")


def test_the_database_keeps_its_promises(found, secretary):
    given.excluded(found, secretary)
    judgement = found.judgements.get()

    with refused_by("found_once"):
        copy_of(found)
    with refused_by("one_judgement_a_person"):
        copy_of(judgement)
    with refused_by("judgement_has_ground"):
        copy_of(judgement, judged_by=given.secretary(), reason="")
    with refused_by("judgement_has_ground"):
        copy_of(judgement, judged_by=given.secretary(), document="")
