"""Reminders in simulated time: the right ones, to the right people, once, and no flood after a silence."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from awards.applications import actions as applying
from awards.models import Application, Edition, EditionRule
from awards.reminders import actions as reminding
from awards.reminders.due import due_lead, matter
from awards.reminders.tasks import remind
from enterprises.models import Message
from enterprises.notifications import tasks as notifying_tasks
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LEADS = (7 * DAY, 3 * DAY, DAY, 3 * HOUR)
END = given.CLOSES


# --- which one is due ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "lead"),
    [
        (7 * DAY + MINUTE, None),
        (7 * DAY, 7 * DAY),
        (3 * DAY + MINUTE, 7 * DAY),
        (3 * DAY, 3 * DAY),
        (DAY, DAY),
        (3 * HOUR, 3 * HOUR),
        (MINUTE, 3 * HOUR),
        (timedelta(), None),
        (-MINUTE, None),
    ],
)
def test_only_the_most_urgent_reminder_that_is_still_true_is_due(before, lead):
    assert due_lead(END, LEADS, END - before) == lead


def test_another_end_makes_another_reminder():
    matters = {matter(7, DAY, END), matter(7, DAY, END + DAY), matter(7, 3 * HOUR, END), matter(8, DAY, END)}

    assert len(matters) == 4


# --- to whom and how often ----------------------------------------------------------------------------


def beat(before, end=END):
    """One look of the periodic task, so long before the end."""
    with clock.at(end - before):
        remind()


def told(person, kind="close_near"):
    return [m.text.split("还剩 ")[1].split("。")[0] for m in person.inbox.filter(kind=kind).order_by("pk")]


def test_before_the_close_whoever_has_not_submitted_is_reminded_four_times(draft, owner):
    for hours in range(8 * 24, -3, -1):
        beat(hours * HOUR - MINUTE)

    assert told(owner) == ["6 天 23 小时", "2 天 23 小时", "23 小时", "2 小时"]


def test_a_reminder_names_the_edition_the_close_and_leads_to_the_dossier(draft, owner):
    beat(7 * DAY)

    message = owner.inbox.get(kind="close_near")
    assert message.text == (
        "2026年第七届佛山市政府质量奖将于 2026年4月30日 18:00 截止申报，还剩 7 天。"
        "您单位的申报还没有提交，逾期不能提交。"
    )
    assert (message.link, message.nature) == (draft.get_absolute_url(), "reminder")


def test_owners_and_editors_are_reminded_and_nobody_else(edition, draft, owner):
    editor, reader, gone, closed = (
        given.colleague_of(draft.organisation, role)
        for role in (Relation.EDITOR, Relation.READER, Relation.EDITOR, Relation.EDITOR)
    )
    draft.organisation.memberships.filter(user=gone).update(ended_at=given.SPRING)
    type(closed).objects.filter(pk=closed.pk).update(is_active=False)
    submitted = given.submitted(given.complete_draft(edition, given.organisation()))
    given.organisation()

    beat(DAY)

    assert {m.user for m in Message.objects.filter(kind="close_near")} == {owner, editor}
    assert told(given.owner_of(submitted.organisation)) == []
    assert told(reader) == []


def test_a_withdrawn_dossier_is_reminded_of_and_a_submitted_one_no_more(submitted, owner):
    beat(7 * DAY)
    with clock.at(END - 4 * DAY):
        applying.withdraw(submitted, by=owner)
    beat(3 * DAY)
    with clock.at(END - 2 * DAY):
        applying.reopen(submitted, by=owner)
        applying.submit(submitted, by=owner)
    beat(DAY)

    assert told(owner) == ["3 天"]


def test_after_two_days_of_silence_only_what_is_still_true_is_said(draft, owner):
    beat(7 * DAY)
    beat(20 * HOUR)  # nobody looked three days and one day before
    beat(19 * HOUR)

    assert told(owner) == ["7 天", "20 小时"]


def test_a_colleague_who_comes_later_is_told_once_too(draft, owner):
    beat(3 * DAY)
    late = given.colleague_of(draft.organisation)
    for _ in range(2):
        beat(2 * DAY)

    assert (told(owner), told(late)) == (["3 天"], ["2 天"])


def test_reminders_follow_an_extended_close(draft, owner):
    beat(3 * DAY)
    with clock.at(END - 2 * DAY):
        given.moved_window(Edition.objects.get(), closes_at=END + 7 * DAY)
    for before in (8 * DAY, 7 * DAY, DAY):
        beat(before, END + 7 * DAY)

    assert told(owner) == ["3 天", "7 天", "1 天"]


def test_the_moments_are_the_editions_own(draft, owner):
    EditionRule.objects.filter(key="reminder_leads").update(value="5天")

    for before in (7 * DAY, 5 * DAY, DAY):
        beat(before)

    assert told(owner) == ["5 天"]


@pytest.mark.parametrize("state", ["published", "review", "awarded"])
def test_a_call_that_takes_nothing_reminds_nobody(draft, owner, state):
    Edition.objects.update(state=state)

    beat(DAY)

    assert told(owner) == []


def test_whoever_must_correct_is_reminded_until_the_end_of_the_last_day(submitted, owner, secretary):
    application = given.returned(submitted, by=secretary)
    last_day = application.correct_by
    end = datetime.combine(last_day + DAY, datetime.min.time(), given.SHANGHAI)
    assert last_day == date(2026, 3, 25)

    for before in (3 * DAY, DAY, 3 * HOUR, timedelta()):
        beat(before, end)

    assert told(owner, "correction_near") == ["3 天", "1 天", "3 小时"]
    message = owner.inbox.filter(kind="correction_near").first()
    assert f"申报 {application.number} 的补正将于 2026年3月25日 24:00 截止" in message.text
    assert told(owner) == []


def test_a_look_that_finds_nothing_new_costs_the_same_at_any_size(edition, draft, django_assert_num_queries):
    for _ in range(2):
        beat(DAY)
        with django_assert_num_queries(4):
            beat(DAY)
        given.complete_draft(edition, given.organisation())
        given.complete_draft(edition, given.organisation())


def test_a_reminder_goes_by_mail_too(draft, mailoutbox):
    person = given.User.objects.create_user("editor@firm.example", name="某人")
    draft.organisation.memberships.create(user=person, role=Relation.EDITOR)

    with clock.at(END - DAY):
        remind()
        notifying_tasks.send_copies()

    assert [(sent.to, sent.subject) for sent in mailoutbox] == [
        (["editor@firm.example"], "【佛山市政府质量奖】提醒：申报快要截止")
    ]


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def nearly_closed(committed):
    with clock.at(given.SPRING):
        draft = given.complete_draft(given.open_edition(), given.organisation())
    with clock.at(END - DAY):
        yield draft


def reminders():
    return Message.objects.filter(kind="close_near").count()


def test_two_looks_at_once_remind_once(nearly_closed):
    outcomes = at_once(*[remind] * 3)

    assert kinds(outcomes) == ["done"] * 3
    assert reminders() == 1


def test_without_the_lock_the_key_alone_still_leaves_one(nearly_closed, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, reminding, "notify")

    at_once(*[remind] * 2)

    assert reminders() == 1


def test_twin_without_lock_and_key_one_is_reminded_twice(nearly_closed, committed, monkeypatch):
    committed.without(Message, "told_once")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, reminding, "notify")

    at_once(*[remind] * 2)

    assert reminders() == 2


def hand_in_meanwhile(draft):
    """A look comes while the dossier is being handed in; tells how many were reminded by then."""
    owner = given.owner_of(draft.organisation)

    def look():
        [count] = at_once(lambda: (remind(), reminders())[1])
        return count

    with transaction.atomic():
        applying.submit(draft, by=owner)
        return look()


def test_a_dossier_being_handed_in_is_passed_by(nearly_closed):
    assert hand_in_meanwhile(nearly_closed) == 0
    remind()
    assert reminders() == 0


def test_twin_without_the_lock_whoever_is_submitting_is_told_that_nothing_was_submitted(nearly_closed, monkeypatch):
    without_row_locks(monkeypatch)

    assert hand_in_meanwhile(nearly_closed) == 1
    assert Application.objects.get().state == "submitted"
