"""Moving the close of a published call: by two people, in good time, seen everywhere at once."""

from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from django.urls import reverse

from awards.applications import actions as applying
from awards.models import Application, Edition, EditionRule, WindowChange, WindowProposal
from awards.process import State
from awards.programmes import actions as calling
from awards.programmes import windows
from awards.workflow import WrongState
from enterprises.models import AuditEvent, Message
from enterprises.notifications.catalogue import KINDS
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import desk, given
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by
from tests.threads import PATIENCE, at_once, kinds, slow_inside, until, without_row_locks

LATER, EARLIER = given.CLOSES + timedelta(days=7), given.CLOSES - timedelta(days=7)
PAPERS = {"reason": "系统维护。", "document": "佛评办〔2026〕3号"}
HOUR = timedelta(hours=1)


# --- the rule -----------------------------------------------------------------------------------------


def codes(wanted, now=given.SPRING, notice_hours=72):
    found = windows.problems(closes_at=given.CLOSES, wanted=wanted, now=now, notice_hours=notice_hours)
    return [problem.code for problem in found]


@pytest.mark.parametrize(
    ("wanted", "now", "hours", "found"),
    [
        (LATER, given.SPRING, 72, []),
        (LATER, given.CLOSES + HOUR, 72, []),  # after the close, while the review has not begun
        (LATER, LATER, 72, ["past"]),
        (given.CLOSES, given.SPRING, 72, ["same"]),
        (given.SPRING + 72 * HOUR, given.SPRING, 72, []),
        (given.SPRING + 71 * HOUR, given.SPRING, 72, ["notice"]),
        (given.SPRING - HOUR, given.SPRING, 72, ["notice"]),
        (given.SPRING, given.SPRING, 0, []),
        (given.SPRING - HOUR, given.SPRING, 0, []),  # takes effect at the confirmation, never before
        (EARLIER, given.CLOSES, 0, ["closed"]),
    ],
)
def test_a_close_moves_only_ahead_and_an_earlier_one_is_announced_in_good_time(wanted, now, hours, found):
    assert codes(wanted, now, hours) == found


def test_a_call_is_never_closed_in_the_past():
    assert windows.effective(wanted=given.SPRING - HOUR, now=given.SPRING) == given.SPRING
    assert windows.effective(wanted=LATER, now=given.SPRING) == LATER


@pytest.mark.parametrize(
    "number", ["", "佛评办[2026]3号", "佛评办（2026）3号", "佛评办〔26〕3号", "佛评办〔2026〕03号"]
)
def test_a_number_is_written_as_official_papers_write_it(number):
    assert [p.code for p in windows.paper_problems(reason="有", document=number)] == ["document"]


# --- proposing ----------------------------------------------------------------------------------------


def propose(edition, by, **changes):
    return calling.propose_window(edition, by=by, **{"closes_at": LATER, **PAPERS} | changes)


def confirm(proposal, by):
    return calling.confirm_window(proposal.edition, by=by, proposal=proposal.pk)


def test_a_proposal_changes_nothing_yet(edition, secretary):
    proposal = propose(edition, secretary)

    assert Edition.objects.get().closes_at == given.CLOSES
    assert (proposal.state, proposal.closes_before, proposal.words) == ("proposed", given.CLOSES, "延长")
    assert AuditEvent.objects.latest("seq").verb == "propose_window"
    assert not WindowChange.objects.exists()


def test_a_proposal_without_papers_or_against_the_rule_is_refused_with_every_reason(edition, secretary):
    with refused("notice", "reason", "document", untouched=[edition]):
        propose(edition, secretary, closes_at=given.SPRING + HOUR, reason=" ", document="3号")
    with refused("window", untouched=[edition]):
        propose(edition, secretary, closes_at=given.OPENS)


def test_only_one_proposal_waits_at_a_time(edition, secretary):
    proposal = propose(edition, secretary)

    with refused("已有一项截止时间变更在等待确认，没有重复提出。请先确认或作废。", untouched=[edition]):
        propose(edition, secretary, closes_at=LATER + HOUR)
    with refused_by("one_window_proposal"):
        copy_of(proposal)


@pytest.mark.parametrize("state", ["preparing", "review", "publicity", "awarded"])
def test_a_close_is_moved_only_between_publication_and_review(edition, secretary, state):
    Edition.objects.update(state=state)

    with no_trace(edition), pytest.raises(WrongState):
        propose(edition, secretary)


def test_proposing_is_denied_without_the_duty(edition):
    check_duty(Permission.EDITION_PUBLISH, lambda by: propose(edition, by), edition)


# --- confirming ---------------------------------------------------------------------------------------


def test_a_confirmed_close_holds_at_once_and_leaves_its_history(edition, secretary):
    proposal, second = propose(edition, secretary), given.secretary()

    moved = confirm(proposal, second)

    assert (moved.closes_at, Edition.objects.get().closes_at) == (LATER, LATER)
    assert WindowChange.objects.values_list("closes_before", "closes_at", "document", "reason").get() == (
        given.CLOSES,
        LATER,
        "佛评办〔2026〕3号",
        "系统维护。",
    )
    change = WindowChange.objects.get()
    assert (change.proposed_by, change.confirmed_by, change.changed_at) == (secretary, second, given.SPRING)
    assert list(AuditEvent.objects.order_by("-seq").values_list("verb", flat=True)[:2]) == [
        "confirm_window",
        "move_window",
    ]


def test_nobody_confirms_a_proposal_of_ones_own_and_the_database_says_so_too(edition, secretary):
    proposal = propose(edition, secretary)

    with refused("变更由您提出，须由另一人确认。没有改动任何内容。", untouched=[edition, proposal]):
        confirm(proposal, secretary)
    with refused_by("window_confirmed_by_a_second"):
        WindowProposal.objects.update(state="confirmed", decided_at=given.SPRING, decided_by=secretary)
    with refused_by("window_decided_at_and_by"):
        WindowProposal.objects.update(state="dropped")


def test_the_history_names_two_people_and_a_move(edition):
    given.moved_window(edition)
    change = WindowChange.objects.get()

    with refused_by("window_changed_by_two"):
        copy_of(change, confirmed_by=change.proposed_by)
    with refused_by("window_change_moves"):
        copy_of(change, closes_at=change.closes_before)


@pytest.mark.parametrize("step", WindowProposal.workflow.steps)
def test_a_proposal_is_decided_once(edition, secretary, step):
    proposal, second = propose(edition, secretary), given.secretary()
    WindowProposal.objects.update(state="dropped", decided_at=given.SPRING, decided_by=secretary)
    act = getattr(calling, step)

    with no_trace(edition, proposal), pytest.raises(WrongState):
        act(edition, by=second, proposal=proposal.pk)
    with no_trace(edition), pytest.raises(WrongState):
        act(edition, by=second, proposal=0)


@pytest.mark.parametrize("step", WindowProposal.workflow.steps)
def test_deciding_is_denied_without_the_duty(edition, secretary, step):
    proposal = propose(edition, secretary)

    check_duty(
        Permission.EDITION_PUBLISH,
        lambda by: getattr(calling, step)(edition, by=by, proposal=proposal.pk),
        edition,
        proposal,
    )


def test_a_dropped_proposal_leaves_the_close_and_makes_room_for_another(edition, secretary):
    calling.drop_window(edition, by=secretary, proposal=propose(edition, secretary).pk)

    assert Edition.objects.get().closes_at == given.CLOSES
    assert WindowProposal.objects.get().state == "dropped"
    assert propose(edition, secretary, closes_at=EARLIER).words == "提前"


def test_a_proposal_that_time_has_overtaken_is_refused(edition, secretary):
    proposal, second = propose(edition, secretary, closes_at=EARLIER), given.secretary()

    with clock.at(EARLIER - 71 * HOUR), refused("notice", "请作废后重新提出。", untouched=[edition, proposal]):
        confirm(proposal, second)
    with clock.at(EARLIER - 73 * HOUR):
        assert confirm(proposal, second).closes_at == EARLIER


def test_a_close_that_moved_since_is_not_moved_again_by_mistake(edition, secretary):
    proposal = propose(edition, secretary)
    Edition.objects.update(closes_at=EARLIER)

    with refused("提出后截止时间已经变动，请作废后重新提出。没有改动任何内容。", untouched=[proposal]):
        confirm(proposal, given.secretary())


def test_the_review_does_not_begin_while_a_change_of_the_close_waits(edition, secretary):
    propose(edition, secretary)

    with clock.at(given.CLOSES), refused("截止时间变更还在等待确认，请先确认或作废，再进入评审。没有改动任何内容。"):
        calling.start_review(edition, by=secretary)


def test_a_rule_of_no_hours_closes_at_the_confirmation(edition, secretary):
    EditionRule.objects.filter(key="closing_notice_hours").update(value="0")
    edition = Edition.objects.get()
    proposal = propose(edition, secretary, closes_at=given.SPRING)

    with clock.at(given.SPRING + HOUR):
        confirm(proposal, given.secretary())

    assert Edition.objects.get().closes_at == given.SPRING + HOUR


# --- what follows -------------------------------------------------------------------------------------


def test_a_dossier_is_handed_in_until_the_new_close_and_not_after(draft, owner):
    given.moved_window(draft.edition)

    with clock.at(LATER), refused("closed", untouched=[draft]):
        applying.submit(draft, by=owner)
    with clock.at(LATER - timedelta(seconds=1)):
        applying.submit(draft, by=owner)


def test_everybody_concerned_is_told_once_and_nobody_else(edition, draft, owner):
    reader = given.colleague_of(draft.organisation, "reader")
    handed_in = given.submitted(given.complete_draft(edition, given.organisation()))
    refused_one = given.submitted(given.complete_draft(edition, given.organisation()))
    Application.objects.filter(pk=refused_one.pk).update(state=State.REFUSED)
    given.organisation()

    given.moved_window(edition)
    given.moved_window(Edition.objects.get(), closes_at=EARLIER)

    told = Message.objects.filter(kind__startswith="window_")
    concerned = {owner, reader, given.owner_of(handed_in.organisation)}
    for kind in ("window_extended", "window_shortened"):
        assert {m.user for m in told.filter(kind=kind)} == concerned
    assert told.filter(user=owner, kind="window_extended").get().text == (
        "2026年第七届佛山市政府质量奖的申报截止时间由 2026年4月30日 18:00 延长至 2026年5月7日 18:00"
        "（佛评办〔2026〕3号）。系统维护。"
    )
    assert KINDS["window_shortened"].nature == "reminder"


def test_the_public_reads_when_and_by_which_paper_the_close_was_moved(client, edition):
    assert "申报截止时间已" not in client.get(reverse("home")).content.decode()

    given.moved_window(edition)

    for name in ("home", "guide"):
        page = client.get(reverse(name)).content.decode()
        assert "申报截止时间已延长" in page
        assert "由 2026年4月30日 18:00 延长至 2026年5月7日 18:00（佛评办〔2026〕3号）" in page


# --- on screen ----------------------------------------------------------------------------------------


def test_the_office_proposes_confirms_and_shows_the_effect_in_numbers(edition, draft, secretary):
    given.submitted(given.complete_draft(edition, given.organisation()))
    second, form = given.secretary(), {"closes_at": "2026-05-07T18:00", **PAPERS}
    opened = desk.office(secretary).get(desk.act_url(edition, "propose_window")).content.decode()
    assert "将通知 2 家单位，其中 1 家尚未提交。" in opened

    desk.press(secretary, edition, "propose_window", **form)
    own = desk.office(secretary).get(desk.record_url(edition))
    waiting = desk.office(second).get(reverse("admin:index")).context["waiting"]
    read = desk.office(second).get(desk.act_url(edition, "confirm_window"))
    proposal = read.context_data["form"].fields["proposal"].initial
    desk.press(second, edition, "confirm_window", proposal=proposal)

    assert ("确认截止时间变更", "变更由您提出，须由另一人确认。") in own.context_data["hindrances"]
    assert ("截止时间变更，待确认", 1) in [(line["label"], line["count"]) for line in waiting]
    for words in (
        "<strong>延长</strong>至 <strong>2026年5月7日 18:00</strong>",
        "佛评办〔2026〕3号",
        "将通知 2 家单位",
    ):
        assert words in read.content.decode()
    assert edition.closes_at == LATER
    assert "佛评办〔2026〕3号" in desk.office(second).get(desk.record_url(edition)).content.decode()


def test_a_person_who_confirms_a_proposal_of_ones_own_by_post_is_refused_in_words(edition, secretary):
    proposal = propose(edition, secretary)

    answer = desk.office(secretary).post(desk.act_url(edition, "confirm_window"), {"proposal": proposal.pk})

    assert (answer.status_code, desk.errors(answer)) == (409, ["变更由您提出，须由另一人确认。没有改动任何内容。"])


def test_another_proposal_in_its_place_is_not_confirmed_by_mistake(edition, secretary):
    read = propose(edition, secretary)
    calling.drop_window(edition, by=secretary, proposal=read.pk)
    propose(edition, secretary, closes_at=EARLIER)

    answer = desk.office(given.secretary()).post(desk.act_url(edition, "confirm_window"), {"proposal": read.pk})

    assert answer.status_code == 409
    assert Edition.objects.get().closes_at == given.CLOSES


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def spring_edition(committed):
    with clock.at(given.SPRING):
        yield given.open_edition(closing_notice_hours="0")


def test_two_people_confirming_at_once_move_the_close_once(spring_edition):
    proposal, people = given.proposed_window(spring_edition), [given.secretary(), given.secretary()]

    outcomes = at_once(*(lambda by=by: confirm(proposal, by) for by in people))

    assert kinds(outcomes) == ["WrongState", "done"]
    assert WindowChange.objects.count() == 1


def test_twin_without_the_lock_one_proposal_moves_the_close_twice(spring_edition, monkeypatch):
    proposal, people = given.proposed_window(spring_edition), [given.secretary(), given.secretary()]
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, calling, "_window_problems")

    outcomes = at_once(*(lambda by=by: confirm(proposal, by) for by in people))

    assert kinds(outcomes) == ["done", "done"]
    assert WindowChange.objects.count() == 2


def place_looked_up(application):
    """What the window is now, without the lock of the statement that takes a place."""
    application.edition.refresh_from_db(fields=["state", "opens_at", "closes_at"])
    return 1


def submit_meets_closing(edition, monkeypatch):
    """Somebody submits; just before the number is given, somebody else confirms that the call closes now.

    Tells how many dossiers were in when the call had closed, and how many are in the end.
    """
    draft = given.complete_draft(edition, given.organisation())
    owner, second = given.owner_of(draft.organisation), given.secretary()
    proposal = given.proposed_window(edition, closes_at=given.SPRING)
    judged, closed, real = Event(), Event(), applying._take_place

    def hold(*args):
        place = real(*args)
        judged.set()
        until(closed)
        return place

    def close():
        judged.wait(PATIENCE)
        confirm(proposal, second)
        count = Application.objects.exclude(submitted_at=None).count()
        closed.set()
        return count

    monkeypatch.setattr(applying, "_take_place", hold)
    [_submitted, count] = at_once(lambda: applying.submit(draft, by=owner), close)
    return count, Application.objects.exclude(submitted_at=None).count()


def test_a_submission_that_meets_the_closing_is_in_before_it_or_not_at_all(spring_edition, monkeypatch):
    assert submit_meets_closing(spring_edition, monkeypatch) == (1, 1)


def test_twin_without_the_lock_a_dossier_comes_in_after_the_call_has_closed(spring_edition, monkeypatch):
    monkeypatch.setattr(applying, "_take_place", place_looked_up)

    assert submit_meets_closing(spring_edition, monkeypatch) == (0, 1)


def test_a_submission_at_the_old_close_meets_the_extension_and_is_lawful_or_leaves_no_trace(spring_edition):
    for turn in range(1, 11):
        draft = given.complete_draft(spring_edition, given.organisation())
        owner, old = given.owner_of(draft.organisation), Edition.objects.get().closes_at
        proposal = given.proposed_window(Edition.objects.get(), closes_at=old + HOUR)
        with clock.at(old):
            submitted, moved = at_once(
                partial(applying.submit, draft, by=owner), partial(confirm, proposal, given.secretary())
            )

        draft.refresh_from_db()
        assert moved.closes_at == old + HOUR
        assert (draft.state == State.SUBMITTED) is not isinstance(submitted, Exception)
        assert WindowChange.objects.count() == turn
    numbers = [a.number for a in Application.objects.exclude(number=None)]
    assert len(set(numbers)) == len(numbers) == Edition.objects.get().last_application
