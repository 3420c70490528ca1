"""The money in the office: prepared by one, checked by another who saw exactly what is paid."""

from decimal import Decimal

import pytest
from django.test import Client

from awards.models import Budget, Disbursement, Entitlement, LedgerTransaction
from awards.subsidies.actions import authorise, digest_of
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, list_url, office, press, record_url

pytestmark = pytest.mark.django_db
NUMBER = "6222000000001234"


@pytest.fixture
def season():
    season = given.walk_to("honoured", firms=1)
    with clock.at(given.AFTER_NOTICE):
        yield season


@pytest.fixture
def payment(season):
    return given.prepared_payment(season)


def test_a_payment_page_says_it_all_and_masks_the_account(payment):
    page = office(given.checker()).get(record_url(payment)).content.decode()

    assert all(text in page for text in ("¥1,000,000.00", "人民币壹佰万元整", payment.document, "************1234"))
    assert digest_of(payment)[:4].upper() in page
    assert NUMBER not in page


def test_maker_and_checker_have_different_buttons_and_the_auditor_none(payment):
    maker, checker, auditor = payment.prepared_by, given.checker(), given.auditor()

    assert buttons(maker, payment) == ["cancel", "reveal"]
    assert buttons(checker, payment) == ["approve", "reject", "reveal"]
    assert buttons(auditor, payment) == []
    assert office(maker).post(act_url(payment, "approve"), {"seen": digest_of(payment)}).status_code == 403
    assert office(auditor).post(act_url(payment, "reveal"), {"reason": "看看"}).status_code == 403


def test_the_approval_carries_the_digest_of_what_the_page_showed(payment):
    checker = given.checker()
    page = office(checker).get(act_url(payment, "approve"))
    seen = page.context_data["form"]["seen"].value()

    press(checker, payment, "approve", seen=seen)

    assert "佛山市" in page.content.decode()
    assert (payment.state, payment.seen, payment.approved_by) == ("approved", seen, checker)
    assert Budget.objects.get().remaining == Decimal("19000000.00")


def test_a_payment_that_changed_after_it_was_read_is_not_approved(payment):
    checker = given.checker()
    seen = office(checker).get(act_url(payment, "approve")).context_data["form"]["seen"].value()
    Disbursement.objects.filter(pk=payment.pk).update(document="另一份文件")

    answer = office(checker).post(act_url(payment, "approve"), {"seen": seen})

    payment.refresh_from_db()
    assert answer.status_code == 409
    assert "在您查看之后有变化" in errors(answer)[0]
    assert payment.state == Disbursement.State.PREPARED


def test_a_maker_who_became_a_checker_is_told_why_the_own_payment_waits(payment):
    maker = payment.prepared_by
    maker.role_grants.update(role="finance_checker")

    page = office(maker).get(record_url(payment))

    assert page.context_data["hindrances"] == [("复核通过", "您是经办人，须由另一名复核人员办理。")]
    forced = office(maker).post(act_url(payment, "approve"), {"seen": digest_of(payment)})
    assert forced.status_code == 409


def test_the_full_account_is_shown_once_for_a_reason_on_record(payment):
    checker = given.checker()

    shown = office(checker).post(act_url(payment, "reveal"), {"reason": "与银行核对"})

    last = AuditEvent.objects.latest("seq")
    assert NUMBER in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert (last.verb, last.actor_id, last.note) == ("reveal_account", checker.pk, "与银行核对")
    assert NUMBER not in str(last.details)
    assert NUMBER not in office(checker).get(record_url(payment)).content.decode()
    assert NUMBER not in office(checker).get(act_url(payment, "reveal")).content.decode()


def test_the_page_of_an_honour_leads_to_its_money_whoever_may_see_it(payment):
    honour, entitlement = payment.entitlement.honour, payment.entitlement
    of_checker, of_secretary = (office(by).get(record_url(honour)) for by in (given.checker(), given.secretary()))

    entitled = ("奖补资格", str(entitlement), record_url(entitlement))
    assert [row for row in of_checker.context_data["related"] if row[0][:3] in {"奖补资", "拨付单"}] == [
        entitled,
        ("拨付单（待复核）", str(payment), record_url(payment)),
    ]
    assert [row for row in of_secretary.context_data["related"] if row[0][:3] in {"奖补资", "拨付单"}] == [entitled]


def test_the_page_of_a_budget_shows_how_much_of_it_is_taken(payment):
    given.approved_payment(payment)

    page = office(given.checker()).get(record_url(payment.budget)).content.decode()

    assert '<meter class="bar" max="20000000.00" value="1000000.00" aria-label="已占用 5.0%"></meter>' in page


def test_a_reason_is_needed_to_see_the_account(payment):
    answer = office(given.checker()).post(act_url(payment, "reveal"), {"reason": " "})

    assert answer.status_code == 200
    assert NUMBER not in answer.content.decode()


def test_a_special_payment_shows_the_table_beside_it_and_waits_for_its_authoriser(season):
    maker, honour = given.maker(), season.resolution.honours.get()
    given.bank_account(honour.organisation)
    special = begin(
        maker,
        Entitlement,
        "entitle",
        honour=honour.pk,
        amount="１０,０００,０００元",
        document="佛府办〔2026〕30号",
        reason="获中国质量奖，按专项兑现。",
    )
    budget = given.budget()
    waiting = office(maker).post(begin_url(Disbursement, "prepare"), {"entitlement": special.pk, "budget": budget.pk})
    authorise(special, by=given.leader())
    payment = begin(maker, Disbursement, "prepare", entitlement=special.pk, budget=budget.pk)

    page = office(given.checker()).get(act_url(payment, "approve")).content.decode()

    assert (special.amount, special.state) == (Decimal("10000000.00"), Entitlement.State.ENTERED)
    assert waiting.status_code == 200
    assert all(text in page for text in ("¥10,000,000.00", "人民币壹仟万元整", "¥1,000,000.00", "专项，与标准不同"))
    assert "佛府办〔2026〕30号" in page


def test_a_special_amount_without_basis_is_refused_beside_its_field(season):
    honour = season.resolution.honours.get()

    answer = office(given.maker()).post(begin_url(Entitlement, "entitle"), {"honour": honour.pk, "amount": "5000000"})

    assert answer.status_code == 409
    assert list(answer.context_data["form"].errors) == ["document"]
    assert not Entitlement.objects.exists()


@pytest.mark.parametrize("typed", ["-1", "0", "1.005", "一百万"])
def test_a_sum_that_is_no_sum_of_fen_is_refused(typed):
    answer = office(given.maker()).post(
        begin_url(Budget, "open"), {"fund": "专项资金", "year": 2026, "total": typed, "document": "文件"}
    )

    assert list(answer.context_data["form"].errors) == ["total"]
    assert not Budget.objects.exists()


def test_the_books_open_with_their_trial_balance(payment):
    press(given.checker(), payment, "approve", seen=digest_of(payment))

    page = office(given.auditor()).get(list_url(LedgerTransaction))

    assert page.context_data["is_balanced"] is True
    assert {label: balance for label, balance, _url in page.context_data["accounts"]} == {
        "财政拨款": "贷 20,000,000.00",
        "可用额度": "借 19,000,000.00",
        "已复核待付": "借 1,000,000.00",
        "在途": "平 0.00",
        "已拨付": "平 0.00",
        "应追回": "平 0.00",
        "已追回": "平 0.00",
        "已减免": "平 0.00",
    }
    booking = LedgerTransaction.objects.latest("pk")
    assert "1,000,000.00" in office(given.auditor()).get(record_url(booking)).content.decode()


def test_what_the_maker_finds_to_do_follows_the_honour(season):
    maker = given.maker()
    first = [line["label"] for line in office(maker).get("/office/").context_data["waiting"]]
    honour = season.resolution.honours.get()
    begin(maker, Entitlement, "entitle", honour=honour.pk)

    then = [line["label"] for line in office(maker).get("/office/").context_data["waiting"]]

    assert (first, then) == (["荣誉待录入奖补资格"], ["奖补资格可拨付，待编制拨付单"])


def test_the_money_is_shut_to_strangers(payment):
    assert office(given.secretary()).get(record_url(payment)).status_code == 403
    assert office(given.expert()).post(act_url(payment, "approve")).status_code == 403
    assert Client().get(record_url(payment)).status_code == 302
