"""A returned payment goes again to a corrected account, or with a reason to the same one."""

from datetime import date

import pytest
from django.urls import reverse

from awards.models import Disbursement
from awards.subsidies import actions as paying
from awards.subsidies.queries import came_back
from enterprises.models import User
from tests import given
from tests.desk import act_url, buttons, errors, office, press, record_url
from tests.steps import copy_of, refused, refused_by


@pytest.fixture
def firm(db):
    firm = given.organisation()
    given.bank_account(firm)
    return firm


@pytest.fixture
def returned(firm):
    """A payment that the bank has sent back."""
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    maker = given.maker()
    payment = paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=given.budget())
    return bounced(payment)


def bounced(payment):
    sent = given.sent(given.approved_payment(payment))
    return paying.bounce(sent, by=User.objects.robot(), day=date(2026, 9, 3), reason="账号不存在。")


def again(returned, **more):
    return paying.prepare_again(returned, by=given.maker(), budget=returned.budget, **more)


def test_the_account_it_came_back_from_is_refused(returned, firm):
    with refused("same_account", untouched=[returned]):
        again(returned)
    given.bank_account(firm, returned.account.number)  # confirmed anew, with nothing changed
    with refused("same_account", untouched=[returned]):
        again(returned)
    with refused("same_account"):
        again(returned, because="  ")


def test_a_corrected_account_is_paid_and_both_payments_know_each_other(returned, firm):
    given.bank_account(firm, "6222000000005678")

    anew = again(returned)

    assert (anew.replaces, anew.because, anew.account.number) == (returned, "", "6222000000005678")
    assert list(returned.replacements.all()) == [anew]
    with pytest.raises(paying.WrongState):
        again(returned)


def test_to_the_same_account_only_with_a_reason_on_record(returned):
    anew = again(returned, because="银行系统故障，账户无误。")

    assert (anew.replaces, anew.account, anew.because) == (returned, returned.account, "银行系统故障，账户无误。")


def test_what_came_back_twice_is_replaced_in_turn_and_a_cancelled_try_leaves_room(returned, firm):
    given.bank_account(firm, "6222000000005678")
    tried = again(returned)
    paying.cancel(tried, by=tried.prepared_by, reason="预算有误")
    second = again(returned)
    paying.look(second, by=given.checker(), note="电话核实。")
    second = bounced(second)
    given.bank_account(firm, "6222000000009999")

    third = again(second)

    assert [p.replaces_id for p in (tried, second, third)] == [returned.pk, returned.pk, second.pk]


def test_the_database_knows_what_a_payment_may_take_the_place_of(returned, firm):
    given.bank_account(firm, "6222000000005678")
    anew = again(returned)
    paying.look(anew, by=given.checker(), note="电话核实。")
    bounced(anew)

    with refused_by("one_payment_in_place_of_a_returned_one"):
        copy_of(anew, state="prepared", batch=None, reference="00000000-0000-0000-0000-000000000001")
    again(anew, because="银行系统故障。")
    anew = Disbursement.objects.latest("pk")
    with refused_by("only_a_returned_payment_is_replaced"):
        copy_of(anew, replaces=anew, state="cancelled", reference="00000000-0000-0000-0000-000000000002")
    with refused_by("same_account_only_after_a_return"):
        Disbursement.objects.filter(pk=returned.pk).update(because="某")


def test_the_office_prepares_anew_and_both_pages_link_each_other(returned, firm):
    maker = returned.prepared_by
    assert came_back(Disbursement.objects.all()).count() == 1
    same = office(maker).get(act_url(returned, "again"))
    refusal = office(maker).post(act_url(returned, "again"), {"budget": returned.budget_id})
    given.bank_account(firm, "6222000000005678")

    press(maker, returned, "again", budget=returned.budget_id)

    anew = Disbursement.objects.latest("pk")
    assert "与退汇时相同" in same.content.decode()
    assert (refusal.status_code, len(errors(refusal))) == (409, 1)
    pages = [office(maker).get(record_url(payment)).content.decode() for payment in (returned, anew)]
    assert [record_url(other) in page for other, page in zip((anew, returned), pages, strict=True)] == [True, True]
    assert "账户已更正" in pages[1]
    assert (came_back(Disbursement.objects.all()).count(), "again" in buttons(maker, returned)) == (0, False)


def test_the_enterprise_is_told_what_to_do_until_it_is_done(returned, firm):
    owner = given.owner_of(firm)
    own, money = firm.get_absolute_url(), reverse("organisation_money", args=[firm.pk])

    def said(url):
        return office(owner).get(url).content.decode()

    before = "账号不存在。" in said(own), "更换账户" in said(money)
    given.bank_account(firm, "6222000000005678")
    corrected = "对公账户已更换" in said(money)
    again(returned)

    assert (before, corrected) == ((True, True), True)
    assert "账号不存在。 请核对" not in said(own)
    assert "已重新办理" in said(money)
