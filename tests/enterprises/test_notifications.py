from string import Formatter

import pytest

from enterprises.models import Message
from enterprises.notifications.actions import TEXTS, mark_read, notify
from foshan_quality.lib import clock
from tests import given
from tests.steps import copy_of, refused_by


def test_everybody_concerned_gets_one_message(db, spring):
    people = [given.person(), given.person()]

    notify(people, "application_submitted", matter=7, link="/x/", number="N-001")

    assert sorted(Message.objects.values_list("user_id", "text", "link", "sent_at", "read_at")) == [
        (person.pk, "申报 N-001 已提交，等待资格审查。", "/x/", spring, None) for person in people
    ]


def test_nobody_is_told_the_same_matter_twice(db):
    first, second = given.person(), given.person()
    notify([first], "certificate_ready", matter="certificate-1", number="1")

    notify([first, second], "certificate_ready", matter="certificate-1", number="1")

    assert sorted(Message.objects.values_list("user_id", flat=True)) == [first.pk, second.pk]
    with refused_by("told_once"):
        copy_of(first.inbox.get())


def test_another_matter_of_the_same_kind_is_told(db):
    person = given.person()

    for matter in (1, 2):
        notify([person], "certificate_ready", matter=matter, number=matter)

    assert person.inbox.count() == 2


def test_telling_nobody_is_nothing(db):
    notify([], "certificate_ready", matter=1, number="1")

    assert Message.objects.count() == 0


def test_reading_is_noted_once_for_the_own_inbox_only(db):
    reader, other = given.person(), given.person()
    notify([reader, other], "certificate_ready", matter=1, number="1")
    with clock.at(given.SPRING):
        mark_read(reader)

    with clock.at(given.REVIEW):
        mark_read(reader)

    assert (reader.inbox.get().read_at, other.inbox.get().read_at) == (given.SPRING, None)


@pytest.mark.parametrize("kind", TEXTS)
def test_user_text_in_a_message_stays_text(db, kind):
    person, hostile = given.person(), "<b>{0}</b>{user.password}%s\r\n"
    words, names = zip(*((words, name) for words, name, _, _ in Formatter().parse(TEXTS[kind])), strict=True)

    notify([person], kind, matter=1, **{name: hostile for name in names if name})

    expected = "".join(text + (hostile if name else "") for text, name in zip(words, names, strict=True))
    assert person.inbox.get().text == expected
