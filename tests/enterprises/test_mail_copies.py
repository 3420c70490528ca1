"""The mail copies of messages: one each, whatever crashes, and nothing in them that a mail server may not read."""

import os
import signal
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from enterprises.models import AuditEvent, Message, StuckCopy, User
from enterprises.notifications import actions, tasks
from enterprises.notifications.actions import claim_copy, notify
from enterprises.notifications.mail import mail_of
from foshan_quality.lib import clock
from tests import desk, given
from tests.smtp import mail_server
from tests.steps import check_duty, copy_of, refused_by
from tests.threads import at_once, without_row_locks
from tests.workers import NOWHERE, eventually, redis_url, sending_to, start_worker


def reader(number=1, **fields):
    """Somebody who can get mail."""
    return User.objects.create_user(f"reader{number}@firm.example", name=f"读者{number}", **fields)


def tell(*people, kind="application_returned", matter=1):
    notify(people, kind, matter=matter, link="/applications/7/", number="N-001", reason="李某的账号 6222 有误")


def copies():
    return sorted(Message.objects.values_list("user__email", "copy", "copy_attempts"))


# --- what a copy says ---------------------------------------------------------------------------------


def test_a_copy_says_what_to_do_and_where_and_nothing_that_was_typed(db, settings):
    settings.SITE_URL = "https://quality.example"
    tell(reader())

    tasks.send_copies()

    [sent] = mail.outbox
    assert sent.subject == "【佛山市政府质量奖】待办：申报需要补正"
    assert (sent.to, sent.cc, sent.bcc) == (["reader1@firm.example"], [], [])
    html = sent.alternatives[0].content
    for text in (sent.body, html):
        assert "https://quality.example/applications/7/" in text
        assert "申报 N-001 需要补正。补正内容和最后一天请登录门户查看" in text
        assert "李某" not in text
        assert "6222" not in text
    assert "停发" not in sent.body


def test_a_copy_that_may_be_stopped_says_how(db):
    tell(reader(), kind="application_accepted")

    tasks.send_copies()

    [sent] = mail.outbox
    assert reverse("inbox_settings") in sent.body
    assert reverse("inbox_settings") in sent.alternatives[0].content


def test_the_id_of_a_mail_is_the_messages_own_so_that_a_second_one_is_known_as_the_same(db):
    tell(reader(1), reader(2))

    [first, second] = Message.objects.all()

    assert mail_of(first).extra_headers["Message-ID"] == mail_of(first).extra_headers["Message-ID"]
    assert mail_of(first).extra_headers["Message-ID"] != mail_of(second).extra_headers["Message-ID"]


# --- who gets one -------------------------------------------------------------------------------------


def test_each_copy_is_sent_once_however_often_the_workers_are_woken(db, spring):
    tell(reader(1), reader(2))
    tell(*User.objects.all())

    for _ in range(3):
        tasks.send_copies()

    assert sorted(m.to[0] for m in mail.outbox) == ["reader1@firm.example", "reader2@firm.example"]
    assert set(Message.objects.values_list("copy", "copy_attempts", "copy_sent_at")) == {("sent", 1, spring)}


def test_a_kind_without_copy_and_an_address_that_cannot_exist_get_none(db):
    notify([reader()], "member_left", matter=1, person="甲", organisation="某厂")
    tell(given.person(), User.objects.robot())

    tasks.send_copies()

    assert mail.outbox == []
    assert set(Message.objects.values_list("copy", flat=True)) == {""}


def test_stopped_copies_and_those_of_closed_accounts_are_not_sent_but_tasks_always_are(db):
    choosy, gone = reader(1), reader(2)
    for kind in ("application_returned", "application_accepted"):
        tell(choosy, gone, kind=kind)
    actions.choose_copies(by=choosy, natures=[])
    User.objects.filter(pk=gone.pk).update(is_active=False)

    tasks.send_copies()

    assert [(sent.to[0], sent.subject[-6:]) for sent in mail.outbox] == [("reader1@firm.example", "申报需要补正")]
    assert sorted(Message.objects.values_list("copy", flat=True)) == ["", "", "", "sent"]


def test_many_copies_are_sent_by_one_call_after_the_other(db, monkeypatch):
    monkeypatch.setattr(tasks, "AT_A_TIME", 2)
    woken = []
    monkeypatch.setattr(tasks, "wake", woken.append)
    tell(*(reader(n) for n in range(3)))

    tasks.send_copies()
    tasks.send_copies()

    assert (len(mail.outbox), woken) == (3, [actions.SEND])


# --- trouble ------------------------------------------------------------------------------------------


class Broken:
    """A line over which nothing goes."""

    def __init__(self, problem):
        self.problem, self.calls = problem, 0

    def open(self):
        self.calls += 1
        raise self.problem

    def close(self):
        pass


def test_a_mail_server_that_is_away_is_tried_ever_more_rarely_and_then_the_copy_is_parked(db, monkeypatch, spring):
    line = Broken(ConnectionRefusedError())
    monkeypatch.setattr(tasks, "get_connection", lambda: line)
    tell(reader())

    for attempt in range(1, 9):
        due = Message.objects.get().copy_due_at
        with clock.at(due - timedelta(seconds=1)):
            tasks.send_copies()  # too early: nothing is tried, save the first time
        with clock.at(due):
            tasks.send_copies()
        assert (line.calls, Message.objects.get().copy_attempts) == (attempt, attempt)

    parked = Message.objects.get()
    assert (parked.copy, parked.copy_problem) == ("parked", "邮件没有发出（ConnectionRefusedError），稍后再试。")
    with clock.at(spring + timedelta(days=30)):
        tasks.send_copies()
    assert line.calls == 8


def test_one_broken_line_stops_the_call_and_the_rest_is_not_tried(db, monkeypatch):
    line = Broken(SMTPServerDisconnected())
    monkeypatch.setattr(tasks, "get_connection", lambda: line)
    tell(reader(1), reader(2))

    tasks.send_copies()

    assert (line.calls, [attempts for *_, attempts in copies()]) == (1, [1, 0])


def test_a_copy_that_killed_every_worker_is_parked_and_the_others_go_on(db, spring):
    tell(reader(1))
    for _ in range(8):
        claimed = claim_copy()  # and the worker dies
        Message.objects.filter(pk=claimed.pk).update(copy_due_at=spring)
    tell(reader(2), matter=2)

    tasks.send_copies()

    assert copies() == [("reader1@firm.example", "parked", 8), ("reader2@firm.example", "sent", 1)]
    assert Message.objects.get(copy="parked").copy_problem == "试了 8 次都没有完成，请查看日志。"


def test_a_worker_that_wakes_late_does_not_undo_what_the_next_one_did(db, spring):
    tell(reader())
    late = claim_copy()
    with clock.at(spring + actions.LEASE):
        current = claim_copy()
        actions.mark_copy_sent(current)

    actions.note_copy_problem(late, "太晚了", is_final=True)

    assert copies() == [("reader1@firm.example", "sent", 2)]


def test_the_database_keeps_a_copys_facts_together(db):
    tell(reader())
    message = Message.objects.get()

    for constraint, changes in {
        "copy_sent_at_a_moment": {"copy": "sent"},
        "queued_copy_has_a_turn": {"copy_due_at": None},
        "parked_copy_has_a_problem": {"copy": "parked"},
    }.items():
        with refused_by(constraint):
            copy_of(message, matter="2", **changes)


# --- the system officer -------------------------------------------------------------------------------


def press(officer, message, name):
    return desk.office(officer).post(desk.act_url(message, name))


@pytest.fixture
def parked(db):
    tell(reader())
    Message.objects.update(copy="parked", copy_attempts=8, copy_problem="邮件服务器拒收这个地址。")
    return StuckCopy.objects.get()


def test_the_system_officer_sees_what_was_not_sent_without_what_it_says_and_sends_it_again(parked):
    officer = given.system_officer()
    tell(reader(2), matter=2)

    listed = desk.office(officer).get(desk.list_url(StuckCopy)).content.decode()
    record = desk.office(officer).get(desk.record_url(parked)).content.decode()
    waiting = desk.office(officer).get(reverse("admin:index")).context["waiting"]
    press(officer, parked, "retry")

    for page in (listed, record):
        assert "reader1@firm.example" in page
        assert "邮件服务器拒收这个地址。" in page
        assert "N-001" not in page
    assert "reader2@firm.example" not in listed
    assert [(line["label"], line["count"]) for line in waiting] == [
        ("邮件抄送没有发出，待处理", 1),
        ("后台没有办成，卡住的事项", 1),
    ]
    assert Message.objects.get(pk=parked.pk).copy == "queued"
    assert AuditEvent.objects.get(verb="retry_copy").target_name == "申报需要补正"


def test_only_the_system_officer_sends_again(parked):
    check_duty(actions.Permission.COPY_RETRY, lambda by: actions.retry_copy(parked, by=by), parked)


def test_the_list_of_what_was_not_sent_costs_the_same_at_any_size(parked, django_assert_num_queries):
    browser = desk.office(given.system_officer())

    with django_assert_num_queries(5):
        browser.get(desk.list_url(StuckCopy))
    for number in (2, 3):
        tell(reader(number), matter=number)
    Message.objects.update(copy="parked", copy_problem="拒收")
    with django_assert_num_queries(5):
        browser.get(desk.list_url(StuckCopy))


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def aside(committed, redis_number):
    """Nobody but the workers of this test hears of its copies, whatever other tests have left running."""
    with sending_to(redis_url(redis_number + 7)) as url:
        yield url


def claim_all():
    claimed = []
    while message := claim_copy():
        claimed.append(message.user.email)
    return claimed


def test_workers_at_once_share_the_copies_and_never_wait_for_each_other(aside):
    people = [reader(n) for n in range(20)]
    tell(*people)

    shares = at_once(*[claim_all] * 4)

    assert sorted(email for share in shares for email in share) == sorted(p.email for p in people)


def slow_to_choose(monkeypatch):
    """Every worker looks before any of them writes."""
    real = Message.is_copy_unwanted.fget

    def held(message):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.4)")
        return real(message)

    monkeypatch.setattr(Message, "is_copy_unwanted", property(held))


def test_a_worker_that_is_slow_to_claim_holds_the_row_and_the_others_pass_by(aside, monkeypatch):
    tell(reader())
    slow_to_choose(monkeypatch)

    claimed = at_once(*[claim_copy] * 2)

    assert sum(message is not None for message in claimed) == 1


def test_twin_without_the_lock_two_workers_have_one_copy_in_hand(aside, monkeypatch):
    tell(reader())
    slow_to_choose(monkeypatch)
    without_row_locks(monkeypatch)

    claimed = at_once(*[claim_copy] * 2)

    assert sum(message is not None for message in claimed) == 2


# --- real workers, a real mail server, killed ---------------------------------------------------------


@pytest.fixture
def server():
    with mail_server() as running:
        yield running


@pytest.fixture
def postman(aside, tmp_path, server):
    """Starts real workers; none is left at the end."""
    started = []

    def start():
        log = tmp_path / f"worker{len(started)}.log"
        started.append(start_worker(broker=aside, folder=tmp_path, log=log, EMAIL_URL=server.url))
        return started[-1]

    yield start
    for child in started:
        kill(child)


def kill(child):
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def all_sent():
    return not Message.objects.exclude(copy="sent").exists()


@pytest.mark.worker
def test_workers_send_one_mail_each_after_commit_and_a_killed_one_loses_and_doubles_nothing(postman, server):
    people = [reader(n) for n in range(12)]
    doomed = postman()
    server.may_answer.clear()
    tell(*people)
    assert eventually(server.took_one.is_set)
    kill(doomed)  # the server has this mail and has not said so: nobody can know whether it arrived
    in_doubt = {mail["Message-ID"] for mail in server.mails}
    assert len(in_doubt) == 1
    server.may_answer.set()

    postman()
    with clock.at(clock.now() + actions.LEASE):
        tasks.send_copies.delay()
        assert eventually(all_sent)

    ids = [mail["Message-ID"] for mail in server.mails]
    assert sorted(set(ids)) == sorted(mail_of(m).extra_headers["Message-ID"] for m in Message.objects.all())
    assert {i for i in ids if ids.count(i) > 1} <= in_doubt  # only that one came twice, and is known as one
    assert Message.objects.count() == 12


@pytest.mark.worker
def test_telling_works_while_redis_is_away_and_a_refused_address_holds_up_nobody(postman, server, aside):
    server.refuses = {"reader1@firm.example"}
    with sending_to(NOWHERE):
        tell(reader(1), reader(2))
    assert server.mails == []

    with sending_to(aside):
        postman()
        tasks.send_copies.delay()
        assert eventually(
            lambda: copies() == [("reader1@firm.example", "parked", 1), ("reader2@firm.example", "sent", 1)]
        )

    assert copies() == [("reader1@firm.example", "parked", 1), ("reader2@firm.example", "sent", 1)]
    assert server.receivers == ["reader2@firm.example"]
