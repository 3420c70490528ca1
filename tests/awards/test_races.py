"""Two at once. Every guard has a twin that switches it off and must see the damage."""

import time
from decimal import Decimal
from threading import Barrier, Event

import pytest
from django.db import transaction

from awards.applications import actions as applying
from awards.certificates import actions as certifying
from awards.certificates import signing
from awards.certificates.tasks import draw_certificate
from awards.decisions import actions as deciding
from awards.decisions import meeting_actions as sitting
from awards.decisions.box import new_receipt
from awards.models import (
    Application,
    Budget,
    Certificate,
    CertificateBatch,
    Disbursement,
    Edition,
    Honour,
    LedgerTransaction,
    Snapshot,
    Voter,
)
from awards.process import State
from awards.reviews import actions as reviewing
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.actions import digest_of
from enterprises.audit.queries import broken_row
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused
from tests import given
from tests.threads import PATIENCE, at_once, kinds, slow_inside, without_row_locks

TIMES = 20
SMALL = {"experts": 1, "members": 3, "experts_per_application": "1"}
PRICE = Decimal("1000000.00")


@pytest.fixture
def spring_season(committed):
    """An open call in spring, seen by every connection."""
    with clock.at(given.SPRING):
        yield given.open_edition()


def set_back(*applications):
    """Make drafts of submitted applications again, as if they had never been handed in."""
    fresh = {"state": State.DRAFT, "number": None, "submitted_at": None, "submitted_by": None}
    Application.objects.filter(pk__in=[a.pk for a in applications]).update(**fresh)
    Edition.objects.update(last_application=0)


# --- submitting ---------------------------------------------------------------------------------------


def test_a_double_click_submits_once(spring_season):
    draft = given.complete_draft(spring_season, given.organisation())
    owner = given.owner_of(draft.organisation)

    for turn in range(1, TIMES + 1):
        outcomes = at_once(*[lambda: applying.submit(draft, by=owner)] * 2)

        assert kinds(outcomes) == ["WrongState", "done"]
        assert Edition.objects.get().last_application == 1
        assert Snapshot.objects.count() == AuditEvent.objects.filter(verb="submit").count() == turn
        set_back(draft)


def test_twin_without_lock_and_key_a_double_click_submits_twice(spring_season, committed, monkeypatch):
    draft = given.complete_draft(spring_season, given.organisation())
    owner = given.owner_of(draft.organisation)
    committed.without(Snapshot, "one_snapshot_per_version")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, applying, "dossier_of")

    outcomes = at_once(*[lambda: applying.submit(draft, by=owner)] * 2)

    assert kinds(outcomes) == ["done", "done"]
    assert Snapshot.objects.count() == 2
    assert AuditEvent.objects.filter(verb="submit").count() == 2


def place_looked_up(application):
    """The place in two steps, without the lock of the one statement that takes it."""
    edition = Edition.objects.get(pk=application.edition_id)
    edition.last_application += 1
    edition.save(update_fields=["last_application"])
    return edition.last_application


def eight_drafts(edition):
    drafts = [given.complete_draft(edition, given.organisation()) for _ in range(8)]
    return {draft: given.owner_of(draft.organisation) for draft in drafts}


def test_eight_submissions_at_once_are_numbered_without_gaps(spring_season):
    drafts = eight_drafts(spring_season)

    for _ in range(5):
        outcomes = at_once(*(lambda d=d, by=by: applying.submit(d, by=by) for d, by in drafts.items()))

        assert kinds(outcomes) == ["done"] * 8
        numbers = sorted(Application.objects.values_list("number", flat=True))
        assert numbers == [f"{spring_season.code}-{n:03d}" for n in range(1, 9)]
        set_back(*drafts)
    assert broken_row() is None


def test_twin_without_lock_and_key_two_firms_get_one_number(spring_season, committed, monkeypatch):
    drafts = eight_drafts(spring_season)
    committed.without(Application, "awards_application_number_key")
    monkeypatch.setattr(applying, "_take_place", place_looked_up)
    slow_inside(monkeypatch, Edition, "save", parties=8)

    outcomes = at_once(*(lambda d=d, by=by: applying.submit(d, by=by) for d, by in drafts.items()))

    assert kinds(outcomes) == ["done"] * 8
    assert len(set(Application.objects.values_list("number", flat=True))) < 8


# --- editing ------------------------------------------------------------------------------------------


def edit(draft, people, *, turn, versions):
    def save(by):
        return applying.save_answers(draft, by=by, texts={"overview": f"{by.name}的第{turn}稿"}, versions=versions)

    return at_once(*(lambda by=by: save(by) for by in people))


@pytest.fixture
def shared_draft(spring_season):
    organisation = given.organisation()
    draft = given.complete_draft(spring_season, organisation)
    return draft, [given.owner_of(organisation), given.colleague_of(organisation)]


def test_two_editors_of_one_text_never_overwrite_each_other(shared_draft):
    draft, people = shared_draft

    for turn in range(1, TIMES + 1):
        outcomes = edit(draft, people, turn=turn, versions={"overview": turn})

        assert kinds(outcomes) == ["Refused", "done"]
        assert draft.answers.get(key="overview").version == turn + 1


def test_twin_without_versions_one_text_is_silently_lost(shared_draft):
    draft, people = shared_draft

    outcomes = edit(draft, people, turn=1, versions=None)

    assert kinds(outcomes) == ["done", "done"]
    kept = draft.answers.get(key="overview")
    assert kept.version == 3  # both were told that their text is saved; one is gone
    assert kept.text in {f"{by.name}的第1稿" for by in people}


def test_a_save_that_meets_the_submission_is_in_the_snapshot_or_refused(shared_draft):
    draft, [owner, colleague] = shared_draft

    for turn in range(TIMES):
        text = f"最后一刻{turn}"
        submitting, saving = at_once(
            lambda: applying.submit(draft, by=owner),
            lambda text=text: applying.save_answers(draft, by=colleague, texts={"overview": text}),
        )

        assert not isinstance(submitting, Exception)
        is_in = text in Snapshot.objects.latest("pk").content
        assert type(saving).__name__ == ("dict" if is_in else "WrongState")
        set_back(draft)


def test_two_windows_of_one_expert_never_overwrite_each_other(committed):
    season = given.walk_to("panelled", firms=1, **SMALL)
    [assignment] = season.applications[0].assignments.all()
    reviewing.declare_free(assignment, by=assignment.expert)

    for turn in range(10):

        def save(percentage, turn=turn):
            marks = {"4.1.2": (percentage, "", "")}
            return reviewing.save_marks(assignment, by=assignment.expert, marks=marks, version=turn)

        outcomes = at_once(lambda: save(50), lambda: save(60))

        assert kinds(outcomes) == ["Refused", "done"]
        assert assignment.sheets.get().version == turn + 1


# --- voting -------------------------------------------------------------------------------------------


def forget_ballots(meeting):
    """Give everybody a fresh ballot and the round an empty box."""
    Voter.objects.filter(round__meeting=meeting).update(has_voted=False)
    vote = meeting.rounds.get()
    vote.cast = 0
    vote.box = sitting._sealed(vote, [], vote.voters.count())
    vote.save()


def slips_in_the_box(meeting):
    return sitting._unseal(meeting.rounds.get())


def test_a_member_who_votes_twice_at_once_has_one_ballot(committed):
    season = given.walk_to("voting", firms=1, **SMALL)
    member, candidate = season.members[0], season.applications[0].pk

    for _ in range(5):
        outcomes = at_once(
            *(lambda a=a: sitting.cast_ballot(season.meeting, by=member, approved=a) for a in ([candidate], []))
        )

        assert kinds(outcomes) == ["WrongState", "done"]
        assert len(slips_in_the_box(season.meeting)) == 1
        forget_ballots(season.meeting)


def test_a_double_click_on_one_ballot_casts_it_once_and_answers_twice_alike(committed):
    season = given.walk_to("voting", firms=1, **SMALL)
    member, candidate, receipt = season.members[0], season.applications[0].pk, new_receipt()

    outcomes = at_once(
        *[lambda: sitting.cast_ballot(season.meeting, by=member, approved=[candidate], receipt=receipt)] * 2
    )

    assert outcomes == [receipt, receipt]
    assert len(slips_in_the_box(season.meeting)) == 1
    assert AuditEvent.objects.filter(verb="cast_ballot").count() == 1


def test_twin_reading_before_writing_a_member_votes_twice(committed):
    season = given.walk_to("voting", firms=1, **SMALL)
    looked = Barrier(2)

    def cast():
        with transaction.atomic():
            voter = Voter.objects.get(attendance__member=season.members[0])
            assert voter.has_voted is False
            looked.wait(PATIENCE)
            voter.has_voted = True
            voter.save()
            return new_receipt()

    first, second = at_once(cast, cast)

    assert kinds([first, second]) == ["done", "done"]
    assert first != second


def test_everybody_voting_at_once_leaves_one_ballot_each_and_one_chain(committed):
    season = given.walk_to("voting", firms=1, **SMALL)
    candidate = season.applications[0].pk

    outcomes = at_once(
        *(lambda m=m: sitting.cast_ballot(season.meeting, by=m, approved=[candidate]) for m in season.members)
    )

    assert kinds(outcomes) == ["done"] * 3
    assert len(slips_in_the_box(season.meeting)) == 3
    assert broken_row() is None


def test_twin_without_locks_a_ballot_is_lost_from_the_box_and_the_count_sees_it(committed, monkeypatch):
    season = given.walk_to("voting", firms=1, **SMALL)
    candidate, members = season.applications[0].pk, season.members
    sitting.cast_ballot(season.meeting, by=members[2], approved=[candidate])
    with monkeypatch.context() as patch:
        without_row_locks(patch)
        slow_inside(patch, sitting, "_sealed")
        outcomes = at_once(
            *(lambda m=m: sitting.cast_ballot(season.meeting, by=m, approved=[candidate]) for m in members[:2])
        )

    assert kinds(outcomes) == ["done", "done"]
    assert len(slips_in_the_box(season.meeting)) == 2
    with clock.at(given.VOTE), pytest.raises(Refused, match="选票与投票名册不符"):
        sitting.count_votes(season.meeting, by=season.secretary)


def test_a_shortlist_that_meets_a_new_expert_waits_and_then_sees_the_missing_sheet(committed, monkeypatch):
    season = given.walk_to("ranked", firms=2, experts=1, experts_per_application="1")
    late, seated, real = given.expert(), Event(), reviewing._refuse_bad_panel

    def hold(*args):
        seated.set()
        time.sleep(0.5)
        return real(*args)

    def make_shortlist():
        seated.wait(PATIENCE)
        return deciding.shortlist(season.ranking, by=season.secretary)

    monkeypatch.setattr(reviewing, "_refuse_bad_panel", hold)
    outcomes = at_once(
        make_shortlist,
        lambda: reviewing.set_panel(season.applications[0], by=season.secretary, experts=[late], head=late),
    )

    assert kinds(outcomes) == ["Refused", "done"]
    assert {application.state for application in season.applications} == {State.IN_REVIEW}


# --- certificates -------------------------------------------------------------------------------------


def issue_twice(season, second):
    with clock.at(given.AFTER_NOTICE):
        return at_once(*(lambda by=by: certifying.issue(season.edition, by=by) for by in (season.secretary, second)))


def test_two_issuers_at_once_number_without_gaps_or_doubles(committed):
    season = given.walk_to("honoured", firms=3, **SMALL)

    for _ in range(TIMES):
        outcomes = issue_twice(season, season.second)

        assert kinds(outcomes) == ["done", "done"]  # the second joins the batch of the first
        assert sorted(Certificate.objects.values_list("sequence", flat=True)) == [1, 2, 3]
        Certificate.objects.all().delete()
        CertificateBatch.objects.get().delete()
        Edition.objects.update(last_certificate=0)


def test_twin_without_the_lock_two_issuers_collide_on_the_same_number(committed, monkeypatch):
    season = given.walk_to("honoured", firms=1, **SMALL)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, certifying, "_number")

    assert kinds(issue_twice(season, season.second)) == ["IntegrityError", "done"]


def test_twin_without_lock_and_keys_one_number_is_given_twice(committed, monkeypatch):
    season = given.walk_to("honoured", firms=1, **SMALL)
    for key in ("awards_certificate_number_key", "one_certificate_per_sequence", "awards_certificate_valid_for_id_key"):
        committed.without(Certificate, key)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, certifying, "_number")

    assert kinds(issue_twice(season, season.second)) == ["done", "done"]
    assert list(Certificate.objects.values_list("sequence", flat=True)) == [1, 1]


def draw_twice(season):
    with clock.at(given.AFTER_NOTICE):
        [certificate] = certifying.issue(season.edition, by=season.secretary)
        outcomes = at_once(*[lambda: draw_certificate(certificate.pk)] * 2)
    return certificate, kinds(outcomes), AuditEvent.objects.filter(verb="draw").count()


def test_two_workers_on_one_certificate_draw_it_once(committed):
    certificate, outcomes, drawn = draw_twice(given.walk_to("honoured", firms=1, **SMALL))

    certificate.refresh_from_db()
    assert (outcomes, drawn, certificate.state) == (["done", "done"], 1, "drawn")


def test_twin_without_the_lock_two_workers_draw_one_certificate_twice(committed, monkeypatch):
    season = given.walk_to("honoured", firms=1, **SMALL)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, signing, "digest")

    _certificate, outcomes, drawn = draw_twice(season)

    assert (outcomes, drawn) == (["done", "done"], 2)


# --- money --------------------------------------------------------------------------------------------


@pytest.fixture
def treasury_season(committed):
    """A budget, two honours with accounts, a maker and two checkers: what a payment needs, and no season behind it."""
    return Payments()


class Payments:
    def __init__(self):
        self.maker, self.checkers = given.maker(), [given.checker(), given.checker()]
        self.budget = given.budget("1500000")
        self.entitlements = [paying.entitle(self.honour(), by=self.maker) for _ in range(2)]

    def honour(self):
        organisation = given.organisation()
        given.bank_account(organisation)
        day = given.AFTER_NOTICE.date()
        return given.recorded_honour(organisation, kind="佛山市政府质量奖", year=2026, announced_on=day)

    def prepared(self, number=0):
        return paying.prepare(self.entitlements[number], by=self.maker, budget=self.budget)

    def approve_at_once(self, *payments):
        """Every payment approved by another checker at one instant."""
        return at_once(
            *(
                lambda p=p, by=by: paying.approve(p, by=by, seen=digest_of(p))
                for p, by in zip(payments, self.checkers, strict=True)
            )
        )

    def reserved(self):
        return Budget.objects.get().reserved


def test_two_approvals_of_one_payment_at_once_are_one(treasury_season):
    for _ in range(TIMES):
        payment = treasury_season.prepared()

        outcomes = treasury_season.approve_at_once(payment, payment)

        assert kinds(outcomes) == ["WrongState", "done"]
        assert treasury_season.reserved() == PRICE
        assert LedgerTransaction.objects.filter(source=f"disbursement:{payment.pk}:approve").count() == 1
        paying.reject(payment, by=treasury_season.checkers[0], reason="再来一次")
    assert ledger.is_balanced() is True


def test_twin_without_lock_and_key_one_payment_is_booked_twice(treasury_season, committed, monkeypatch):
    committed.without(LedgerTransaction, "awards_ledgertransaction_source_key")
    committed.without(Budget, "not_over_budget")
    committed.without_trigger(Disbursement, "disbursement_stays")
    payment = treasury_season.prepared()
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert kinds(treasury_season.approve_at_once(payment, payment)) == ["done", "done"]
    assert treasury_season.reserved() == 2 * PRICE
    assert LedgerTransaction.objects.filter(source=f"disbursement:{payment.pk}:approve").count() == 2


def test_without_the_lock_the_ledgers_key_is_still_in_the_way(treasury_season, monkeypatch):
    payment = treasury_season.prepared()
    Budget.objects.update(total="9000000")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert kinds(treasury_season.approve_at_once(payment, payment)) == ["BookedAlready", "done"]
    assert treasury_season.reserved() == PRICE


def test_two_approvals_that_together_exceed_the_budget_are_not_both_given(treasury_season):
    for _ in range(TIMES):
        payments = [treasury_season.prepared(n) for n in range(2)]

        outcomes = treasury_season.approve_at_once(*payments)

        assert kinds(outcomes) == ["Refused", "done"]
        assert treasury_season.reserved() == PRICE
        for payment in payments:
            paying.reject(payment, by=treasury_season.checkers[0], reason="再来一次")
    assert ledger.balances(treasury_season.budget)["available"] == Decimal("1500000.00")


def test_twin_without_the_constraint_the_budget_is_overspent(treasury_season, committed):
    committed.without(Budget, "not_over_budget")
    payments = [treasury_season.prepared(n) for n in range(2)]

    assert kinds(treasury_season.approve_at_once(*payments)) == ["done", "done"]
    assert treasury_season.reserved() > Budget.objects.get().total


def test_two_makers_at_once_prepare_one_payment(treasury_season):
    for _ in range(TIMES):
        outcomes = at_once(*[treasury_season.prepared] * 2)

        assert kinds(outcomes) == ["Refused", "done"]
        [payment] = Disbursement.objects.exclude(state="cancelled")
        paying.cancel(payment, by=treasury_season.maker, reason="再来一次")


def test_twin_without_the_lock_the_database_key_alone_stops_the_second_payment(treasury_season, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert kinds(at_once(*[treasury_season.prepared] * 2)) == ["IntegrityError", "done"]


def test_one_honour_is_entitled_once_when_two_makers_enter_it_at_once(treasury_season):
    honour, second = treasury_season.honour(), given.maker()

    outcomes = at_once(*(lambda by=by: paying.entitle(honour, by=by) for by in (treasury_season.maker, second)))

    assert kinds(outcomes) == ["Refused", "done"]
    assert Honour.objects.get(pk=honour.pk).entitlements.get().amount == PRICE
