from io import StringIO
from random import Random

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from enterprises.audit import actions as audit
from enterprises.audit import origin
from enterprises.audit.chain import FIRST, digest
from enterprises.audit.models import AuditEvent
from enterprises.audit.queries import broken_row
from enterprises.models import User
from enterprises.people.actions import create_account
from foshan_quality.lib import clock
from tests import given
from tests.steps import trial
from tests.threads import at_once, kinds

FIELDS = [field.column for field in AuditEvent._meta.fields if field.column != "seq"]


@pytest.fixture
def trail(db):
    """Thirty acts, one a minute, and their writer."""
    officer = given.system_officer()
    with transaction.atomic():
        for minute in range(30):
            with clock.at(given.SPRING.replace(minute=minute)):
                audit.record(by=officer, verb=f"act_{minute}", target=officer, note="照章", details={"n": minute})
    return officer


def as_owner(sql, parameters=()):
    """What only the owner of the table can do: change the trail with its guard switched off."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE enterprises_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql, parameters)
        cursor.execute("ALTER TABLE enterprises_auditevent ENABLE TRIGGER USER")


# --- the line ---------------------------------------------------------------------------------------


def test_a_line_says_who_did_what_to_what_when_and_from_where(spring, db):
    officer, token = given.system_officer(), origin.address.set("192.0.2.7")

    user = create_account(by=officer, email="new@example.invalid", name="新人")
    origin.address.reset(token)

    line = AuditEvent.objects.get()
    assert (line.at, line.actor_id, line.actor_name, line.address) == (spring, officer.pk, str(officer), "192.0.2.7")
    assert (line.verb, line.target_type, line.target_id, line.target_name) == (
        "create_account",
        "enterprises.user",
        str(user.pk),
        "新人",
    )


def test_lines_are_chained_from_the_first(trail):
    lines = list(AuditEvent.objects.order_by("seq"))

    assert [line.seq for line in lines] == list(range(1, 31))
    assert [line.previous for line in lines] == [FIRST, *(line.digest for line in lines[:-1])]
    assert [line.digest for line in lines] == [digest(line) for line in lines]
    assert broken_row() is None


def test_an_act_outside_a_transaction_is_not_logged_but_refused(committed):
    officer = given.system_officer()

    with pytest.raises(ImproperlyConfigured):
        audit.record(by=officer, verb="act", target=officer)

    assert AuditEvent.objects.count() == 0


def test_when_the_line_cannot_be_written_the_act_does_not_happen(db, monkeypatch):
    officer = given.system_officer()
    monkeypatch.setattr(audit, "digest", lambda event: None)  # the column refuses it

    with pytest.raises(Exception, match="digest"):
        create_account(by=officer, email="new@example.invalid", name="新人")

    assert User.objects.filter(email="new@example.invalid").exists() is False
    assert AuditEvent.objects.count() == 0


def test_when_the_act_fails_later_its_line_goes_too(trail):
    with trial():
        create_account(by=trail, email="new@example.invalid", name="新人")

    assert User.objects.filter(email="new@example.invalid").exists() is False
    assert AuditEvent.objects.count() == 30
    assert broken_row() is None


def test_very_long_names_and_control_characters_do_not_break_the_line(db):
    officer = given.system_officer()
    officer.name = "名" * 60
    token = origin.address.set("2001:db8::1")

    with transaction.atomic():
        audit.record(by=officer, verb="act", target=officer, note="一行\r\n2026-01-01 假的一行\t\x1b[31m" * 1000)
    origin.address.reset(token)

    line = AuditEvent.objects.get()
    assert (line.actor_name, line.address, len(line.note)) == ("名" * 60, "2001:db8::1", 25_000)
    assert broken_row() is None


# --- tampering by the owner of the table --------------------------------------------------------------


@pytest.mark.parametrize("column", FIELDS)
def test_changing_any_field_of_any_line_is_found_and_named(trail, column):
    for seq in Random(column).sample(range(1, 31), 3):
        with trial():
            change = {
                "at": "at + interval '1 microsecond'",
                "actor_id": "actor_id + 1",
                "details": """'{"n": -1}'""",
                "previous": "reverse(previous || 'x')",
                "digest": "reverse(digest)",
            }.get(column, f"{column} || 'x'")
            change = f"left({change}, 64)" if column == "previous" else change
            as_owner(f"UPDATE enterprises_auditevent SET {column} = {change} WHERE seq = %s", [seq])  # noqa: S608

            assert broken_row()[0] == seq

    assert broken_row() is None


def test_a_removed_line_is_named(trail):
    as_owner("DELETE FROM enterprises_auditevent WHERE seq = 17")

    assert broken_row() == (17, "该行缺失")


def test_the_first_line_cannot_be_removed_unseen(trail):
    as_owner("DELETE FROM enterprises_auditevent WHERE seq = 1")

    assert broken_row() == (1, "该行缺失")


def test_two_lines_that_changed_places_are_named(trail):
    as_owner("UPDATE enterprises_auditevent SET seq = CASE seq WHEN 9 THEN -9 ELSE -12 END WHERE seq IN (9, 12)")
    as_owner("UPDATE enterprises_auditevent SET seq = CASE seq WHEN -9 THEN 12 ELSE 9 END WHERE seq IN (-9, -12)")

    assert broken_row() == (9, "与前一行的摘要不连续")


def test_a_line_pushed_in_between_is_named(trail):
    as_owner("UPDATE enterprises_auditevent SET seq = -seq - 1 WHERE seq > 20")
    as_owner("UPDATE enterprises_auditevent SET seq = -seq WHERE seq < 0")
    as_owner(
        "INSERT INTO enterprises_auditevent SELECT 21, at, actor_id, actor_name, address, 'forged', target_type, "
        "target_id, target_name, before, after, note, details, digest, repeat('f', 64) "
        "FROM enterprises_auditevent WHERE seq = 20"
    )

    assert broken_row() == (21, "内容与摘要不符")


def test_a_changed_line_with_a_digest_made_to_fit_breaks_at_the_next(trail):
    line = AuditEvent.objects.get(seq=11)
    line.note = "改过"
    as_owner("UPDATE enterprises_auditevent SET note = %s, digest = %s WHERE seq = 11", [line.note, digest(line)])

    assert broken_row() == (12, "与前一行的摘要不连续")


def test_the_command_says_that_the_chain_holds_or_names_the_row(trail):
    out = StringIO()
    call_command("verify_audit", stdout=out)
    as_owner("UPDATE enterprises_auditevent SET verb = 'other' WHERE seq = 5")

    assert out.getvalue() == "审计链完整：30 行。\n"
    with pytest.raises(CommandError, match=r"^审计链在第 5 行断开：内容与摘要不符。$"):
        call_command("verify_audit")


# --- many writers -------------------------------------------------------------------------------------


def append(officer, number):
    with transaction.atomic():
        return audit.record(by=officer, verb=f"act_{number}", target=officer)


def test_many_writers_at_once_leave_one_chain_without_gaps(committed):
    officer = given.system_officer()

    for _ in range(5):
        outcomes = at_once(*(lambda n=n: append(officer, n) for n in range(8)))
        assert kinds(outcomes) == ["done"] * 8

    assert list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
    assert broken_row() is None


def test_twin_without_the_chain_lock_writers_collide(committed, monkeypatch):
    officer = given.system_officer()
    monkeypatch.setattr(audit, "CHAIN_LOCK", None)  # pg_advisory_xact_lock(NULL) locks nothing

    collisions = [
        outcome
        for _ in range(5)
        for outcome in kinds(at_once(*(lambda n=n: append(officer, n) for n in range(8))))
        if outcome != "done"
    ]

    assert set(collisions) == {"IntegrityError"}
