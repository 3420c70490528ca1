"""No mail at night, except what cannot wait."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from awards.reminders import actions as reminding
from enterprises.models import Message, User
from enterprises.notifications import actions, tasks
from enterprises.notifications.hours import awake, quiet_since
from foshan_quality.lib import clock
from tests import given

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = (time(21), time(8))


def at(hour, minute=0, day=10):
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "since", "until"),
    [
        (at(20, 59), None, at(20, 59)),
        (at(21), at(21), at(8, day=11)),
        (at(7, 59, day=11), at(21), at(8, day=11)),
        (at(8), None, at(8)),
    ],
)
def test_the_night_begins_to_the_minute_and_ends_to_the_minute(moment, since, until):
    assert (quiet_since(moment, NIGHT), awake(moment, NIGHT)) == (since, until)


def test_hours_within_one_day_and_no_hours_at_all():
    noon = (time(12), time(14))

    assert (awake(at(13), noon), awake(at(11), noon)) == (at(14), at(11))
    assert (quiet_since(at(23), None), awake(at(23), None)) == (None, at(23))


@pytest.fixture
def person(db, settings):
    settings.MAIL_QUIET_HOURS = NIGHT
    return User.objects.create_user("reader@firm.example", name="读者")


def sent_at(moment):
    with clock.at(moment):
        tasks.send_copies()
    return len(mail.outbox)


def test_a_message_of_the_night_is_in_the_inbox_at_once_and_in_the_mail_in_the_morning(person):
    with clock.at(at(22)):
        actions.notify([person], "application_accepted", matter=1, number="N-001")

    assert person.inbox.count() == 1
    assert [sent_at(moment) for moment in (at(22), at(7, 59, day=11), at(8, day=11))] == [0, 0, 1]


def test_a_mail_left_over_from_the_day_waits_and_an_urgent_one_does_not(person):
    with clock.at(at(20, 59)):
        actions.notify([person], "application_accepted", matter=1, number="N-001")
    with clock.at(at(23)):
        actions.notify([person], "close_near", matter=2, is_urgent=True, edition="届", until="明天", left="3 小时")

    assert [sent_at(moment) for moment in (at(23), at(8, day=11))] == [1, 2]


def test_a_mail_that_failed_in_the_evening_is_tried_again_in_the_morning(person):
    with clock.at(at(20, 59)):
        actions.notify([person], "application_accepted", matter=1, number="N-001")
        actions.claim_copy()

    assert Message.objects.get().copy_due_at == at(8, day=11)


def test_only_the_reminder_of_the_last_three_hours_goes_out_at_night(db, settings):
    settings.MAIL_QUIET_HOURS = NIGHT
    draft = given.empty_draft(given.open_edition(), given.organisation())
    draft.edition.closes_at = at(0, day=20)
    draft.edition.save()
    owner = given.owner_of(draft.organisation)
    User.objects.filter(pk=owner.pk).update(email="owner@firm.example")

    due = []
    for left in (timedelta(hours=24), timedelta(hours=3)):
        with clock.at(draft.edition.closes_at - left):
            reminding.remind_about(draft)
            due.append(owner.inbox.first().copy_due_at)

    assert due == [at(8, day=19), at(21, day=19)]
