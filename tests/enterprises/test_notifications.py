from string import Formatter

import pytest
from django.urls import reverse

from awards.applications import actions as applying
from awards.reviews import actions as reviewing
from awards.subsidies import actions as paying
from enterprises.models import AuditEvent, CopyStop, Message
from enterprises.notifications.actions import choose_copies, mark_read, notify
from enterprises.notifications.catalogue import KINDS, MAY_BE_MAILED
from enterprises.notifications.queries import mailed_natures, with_standing
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


@pytest.mark.parametrize("kind", KINDS)
def test_user_text_in_a_message_stays_text(db, kind):
    person, hostile = given.person(), "<b>{0}</b>{user.password}%s\r\n"
    words, names = zip(*((words, name) for words, name, _, _ in Formatter().parse(KINDS[kind].text)), strict=True)

    notify([person], kind, matter=1, **{name: hostile for name in names if name})

    expected = "".join(text + (hostile if name else "") for text, name in zip(words, names, strict=True))
    assert person.inbox.get().text == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_carries_no_value_that_somebody_has_typed(db, kind):
    person = given.User.objects.create_user("person@firm.example", name="某人")
    names = {name for text in (KINDS[kind].text, KINDS[kind].copy) for _, name, _, _ in Formatter().parse(text) if name}

    notify([person], kind, matter=1, **{name: f"〈{name}〉" for name in names})

    mailed = person.inbox.get().copy_text
    assert [name for name in names - MAY_BE_MAILED if f"〈{name}〉" in mailed] == []
    assert (person.inbox.get().copy == "queued") is bool(KINDS[kind].copy)


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.waits or kind.nature == "todo"])
def test_every_task_in_the_inbox_knows_how_to_tell_whether_it_is_done(db, kind):
    assert (kind.nature, kind.still_waiting(set())) == ("todo", set())


# --- what is done -------------------------------------------------------------------------------------


def standing(person):
    return [(message.kind, message.is_waiting) for message in with_standing(list(person.inbox.all()))]


def test_a_dossier_to_correct_is_done_for_everybody_once_one_of_them_has_handed_it_in(submitted, secretary, owner):
    colleague = given.colleague_of(submitted.organisation)
    given.returned(submitted, by=secretary)
    assert standing(colleague) == [("application_returned", True)]

    applying.submit(submitted, by=owner)

    assert standing(colleague) == [("application_submitted", False), ("application_returned", False)]


def test_a_review_task_waits_until_its_sheet_is_handed_in_and_waits_again_when_it_comes_back(db):
    season = given.walk_to("panelled", firms=1, experts=1, experts_per_application="1")
    [expert], [assignment] = season.experts, season.applications[0].assignments.all()
    assert standing(expert) == [("review_assigned", True)]

    with clock.at(given.REVIEW):
        given.score(assignment)
        assert standing(expert) == [("review_assigned", False)]
        reviewing.reopen_sheet(assignment, by=season.secretary, reason="漏评一项")

    assert standing(expert) == [("sheet_reopened", True), ("review_assigned", True)]


def test_a_returned_payment_waits_until_it_is_prepared_anew(db):
    payment, robot = given.prepared_payment(given.walk_to("honoured", firms=1)), given.User.objects.robot()
    person = given.owner_of(payment.entitlement.honour.organisation)
    payment = given.sent(given.approved_payment(payment))
    payment = paying.bounce(payment, by=robot, day=given.AFTER_NOTICE.date(), reason="户名不符。")
    assert ("payment_returned", True) in standing(person)

    paying.prepare(payment.entitlement, by=payment.prepared_by, budget=payment.budget)

    assert ("payment_returned", False) in standing(person)


# --- whose mail is stopped ----------------------------------------------------------------------------


def test_a_person_stops_copies_of_reminders_and_news_and_takes_them_up_again(db):
    person = given.person()
    assert mailed_natures(person) == ["reminder", "news"]

    choose_copies(by=person, natures=["news"])
    assert mailed_natures(person) == ["news"]
    choose_copies(by=person, natures=["news", "reminder"])

    assert mailed_natures(person) == ["reminder", "news"]
    assert list(AuditEvent.objects.order_by("seq").values_list("verb", "after")) == [
        ("choose_copies", "通知"),
        ("choose_copies", "提醒、通知"),
    ]


def test_copies_of_what_must_be_done_cannot_be_stopped(db):
    person = given.person()
    choose_copies(by=person, natures=[])

    with refused_by("only_reminders_and_news_stop"):
        CopyStop.objects.create(user=person, nature="todo")
    with refused_by("one_stop_per_nature"):
        copy_of(person.copy_stops.first())


# --- pages --------------------------------------------------------------------------------------------


@pytest.fixture
def told(client, db):
    """A person with one message of each nature, signed in."""
    person = given.person()
    for kind, values in {"review_assigned": {}, "certificate_ready": {}, "member_left": {"person": "甲"}}.items():
        notify([person], kind, matter=7, number="N-001", organisation="某厂", **values)
    Message.objects.filter(kind="member_left").update(kind="told_no_longer")
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["told_no_longer", "certificate_ready", "review_assigned"]),
        ("?nature=todo", ["review_assigned"]),
        ("?nature=reminder", []),
        ("?nature=news", ["told_no_longer", "certificate_ready"]),
        ("?nature=nonsense", ["told_no_longer", "certificate_ready", "review_assigned"]),
        ("?unread=1", ["told_no_longer", "review_assigned"]),
    ],
)
def test_the_inbox_is_filtered_by_what_its_reader_asks_for(client, told, query, kinds):
    mark_read(told, told.inbox.get(kind="certificate_ready"))

    page = client.get(reverse("inbox") + query)

    assert [message.kind for message in page.context["page"]] == kinds
    assert page.context["filters"] == [("todo", "待办", 1), ("reminder", "提醒", 0), ("news", "通知", 1)]
    assert ("没有符合条件的消息" in page.content.decode()) is (kinds == [])


def test_one_message_is_marked_read_and_only_ones_own(client, told):
    other = given.person()
    notify([other], "certificate_ready", matter=1, number="1")
    message = told.inbox.get(kind="certificate_ready")

    client.post(reverse("message_read", args=[message.pk]))
    refused = client.post(reverse("message_read", args=[other.inbox.get().pk]))

    assert [told.inbox.filter(read_at=None).count(), other.inbox.filter(read_at=None).count()] == [2, 1]
    assert refused.status_code == 404


def test_mail_settings_are_chosen_on_a_page(client, told):
    page = client.get(reverse("inbox_settings"))
    client.post(reverse("inbox_settings"), {"natures": ["reminder"]})
    refused = client.post(reverse("inbox_settings"), {"natures": ["todo"]})

    assert page.context["form"].initial["natures"] == ["reminder", "news"]
    assert mailed_natures(told) == ["reminder"]
    assert "natures" in refused.context["form"].errors


def test_the_office_frame_counts_what_waits_unread(client, db):
    expert = given.expert()
    notify([expert], "review_assigned", matter=1, number="1")
    client.force_login(expert)

    page = client.get(reverse("admin:index"))

    assert page.context["unread_count"] == 1
    assert reverse("inbox") in page.content.decode()


def test_the_inbox_of_tasks_costs_the_same_with_one_and_with_three(client, db, django_assert_num_queries):
    expert = given.expert()
    client.force_login(expert)

    for matters in (["1"], ["2", "3"]):
        for matter in matters:
            notify([expert], "review_assigned", matter=matter, number=matter)
        with django_assert_num_queries(7):
            client.get(reverse("inbox"))
