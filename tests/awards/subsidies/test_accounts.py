"""An account that was changed lately, or is another's too, is looked at by a third person before money goes there."""

from datetime import date, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client

from awards.models import Disbursement, TreasuryFile
from awards.subsidies import actions as paying
from awards.subsidies.accounts import doubts
from awards.subsidies.actions import digest_of
from enterprises.models import AuditEvent, BankAccount, Organisation
from enterprises.organisations.actions import set_bank_account
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import act_url, begin_url, buttons, office, press, record_url
from tests.steps import check_duty, refused, refused_by

NOW = datetime(2026, 9, 10, 9, tzinfo=given.SHANGHAI)


@pytest.mark.parametrize(
    ("days_ago", "is_changed", "others", "found"),
    [
        (0, False, [], 0),
        (0, True, [], 1),
        (6.99, True, [], 1),
        (7, True, [], 0),
        (400, True, ["别的公司"], 1),
        (1, True, ["别的公司", "又一公司"], 2),
    ],
)
def test_what_wants_a_look(days_ago, is_changed, others, found):
    said = doubts(NOW - timedelta(days=days_ago), is_changed, others, NOW, 7)

    assert len(said) == found
    assert all(name in said[-1] for name in others)


@pytest.fixture
def firm(db):
    return given.organisation()


def payment_to(firm):
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    maker = given.maker()
    return paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=given.budget())


@pytest.fixture
def doubted(firm):
    """A payment to an account that took another's place today."""
    with clock.at(NOW):
        given.bank_account(firm, "6222000000001234")
        given.bank_account(firm, "6222000000005678")
        yield payment_to(firm)


def approve(payment, by):
    return paying.approve(payment, by=by, seen=digest_of(payment))


def test_an_account_changed_lately_waits_for_a_third_person(doubted):
    third, checker = given.checker(), given.checker()
    with refused("third_look", untouched=[doubted]):
        approve(doubted, checker)

    paying.look(doubted, by=third, note="电话向该单位财务负责人核实。")

    with refused("three_people"):
        approve(doubted, third)
    assert approve(doubted, checker).state == "approved"
    with refused_by("third_person_looks"):
        Disbursement.objects.update(looked_by=checker)
    with refused_by("third_person_looks"):
        Disbursement.objects.update(looked_by=doubted.prepared_by)
    with refused_by("looked_with_a_note"):
        Disbursement.objects.update(look_note="")


def test_the_maker_does_not_look_at_the_own_payment(doubted):
    doubted.prepared_by.role_grants.update(role="finance_checker")

    with refused("two_people", untouched=[doubted]):
        paying.look(type(doubted).objects.get(), by=given.User.objects.get(pk=doubted.prepared_by_id), note="看过")
    check_duty(Permission.ACCOUNT_LOOK, lambda by: paying.look(doubted, by=by, note="看过"), doubted)


def test_a_week_later_the_account_is_like_any_other(doubted):
    with clock.at(NOW + timedelta(days=7)):
        with refused("这个账户没有需要核实的情况。没有改动任何内容。"):
            paying.look(doubted, by=given.checker(), note="看过")
        assert approve(doubted, given.checker()).state == "approved"


def test_an_account_of_two_firms_is_doubted_however_old(firm):
    other = given.organisation("佛山市另一家机械有限公司")
    for one in (firm, other):
        given.bank_account(one, "6222000000001234")
    payment = payment_to(firm)

    with pytest.raises(paying.Refused, match="同一账号还登记在：佛山市另一家机械有限公司"):
        approve(payment, given.checker())


def test_a_replaced_account_stops_a_payment_that_was_approved(firm):
    given.bank_account(firm)
    payment = approve(payment_to(firm), given.checker())
    given.bank_account(firm)

    with pytest.raises(paying.Refused, match="已更换对公账户"):
        given.batched(payment)


def test_the_third_look_and_the_proof_on_screen(doubted):
    third, maker = given.checker(), doubted.prepared_by
    page = office(third).get(record_url(doubted))
    assert "须第三人核实" in page.content.decode()
    assert "look" in buttons(third, doubted)
    assert "look" not in buttons(maker, doubted)

    proof = office(maker).get(record_url(doubted).replace("change", "proof"))
    press(third, doubted, "look", note="电话核实。")

    assert proof.status_code == 200
    assert proof["Content-Type"] == "application/pdf"
    assert AuditEvent.objects.filter(verb="read_account_proof").count() == 1
    assert office(given.auditor()).get(record_url(doubted).replace("change", "proof")).status_code == 403
    assert "电话核实。" in office(third).get(record_url(doubted)).content.decode()


def test_a_list_of_approval_leaves_out_beforehand_what_waits_for_a_third_person(doubted):
    third, checker, address = given.checker(), given.checker(), begin_url(type(doubted), "approve_many")
    form = office(checker).get(address).context_data["form"]
    assert form.listing.lines == []
    ((held, why),) = form.held
    assert (held, "更换过对公账户" in why, "第三人核实" in why) == (doubted, True, True)

    paying.look(doubted, by=third, note="电话核实。")

    by_checker, by_third = (office(by).get(address) for by in (checker, third))
    assert [line.payment for line in by_checker.context_data["form"].listing.lines] == [doubted]
    assert "现在不能复核的 1 笔" not in by_checker.content.decode()
    assert "现在不能复核的 1 笔" in by_third.content.decode()
    assert "核实账户的人不能再复核" in by_third.content.decode()


def test_an_approval_asks_for_the_password_again(doubted):
    paying.look(doubted, by=given.checker(), note="电话核实。")
    checker, browser = given.checker(password=given.PASSWORD), Client()
    browser.force_login(checker)
    seen = {"seen": digest_of(doubted)}

    asked = browser.post(act_url(doubted, "approve"), seen)
    before = Disbursement.objects.get().state
    answered = browser.post(asked["Location"], {"password": given.PASSWORD}, follow=True)

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert before == "prepared"
    assert answered.redirect_chain or answered.status_code == 200
    assert Disbursement.objects.get().state == "approved"


def test_the_column_holds_no_number_and_equal_numbers_are_found(firm):
    account = given.bank_account(firm)

    with connection.cursor() as cursor:
        cursor.execute("SELECT number, mark FROM enterprises_bankaccount")
        [(stored, mark)] = cursor.fetchall()
    assert account.number == "6222000000001234"
    assert stored.startswith("gAAAA")
    assert account.number not in stored
    assert BankAccount.objects.filter(mark=mark).get() == account


def test_under_a_new_key_numbers_are_stored_anew_and_the_old_key_may_go(firm, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ACCOUNT_KEYS = [old]
    given.bank_account(firm)
    TreasuryFile.objects.create(content="收款账号".encode())
    settings.ACCOUNT_KEYS = [new]
    with pytest.raises(ImproperlyConfigured, match="ACCOUNT_KEYS"):
        BankAccount.objects.get()
    settings.ACCOUNT_KEYS = [new, old]

    call_command("reencrypt_accounts", verbosity=0)

    settings.ACCOUNT_KEYS = [new]
    assert BankAccount.objects.get().number == "6222000000001234"
    assert TreasuryFile.objects.get().content.decode() == "收款账号"
    with refused_by("treasury_file_is_frozen"):
        TreasuryFile.objects.update(content=b"x")
    assert AuditEvent.objects.latest("seq").verb == "reencrypt_accounts"


def test_without_a_scan_there_is_no_account(firm):
    with refused("proof", untouched=[firm]):
        set_bank_account(
            firm, by=given.owner_of(firm), holder=firm.name, bank="某银行", number="6222000000001234", proof=None
        )
    assert not Organisation.objects.get().bank_accounts.exists()
