"""The pages of the money say where a thing stands, offer only what can be done now, and say why there is nothing."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.urls import reverse

from awards.models import Disbursement, Entitlement, LedgerTransaction, PaymentBatch, ResultFile
from awards.subsidies.admin import standing_said
from awards.subsidies.reconciling.comparison import CHECKS
from awards.subsidies.reconciling.queries import checked_in
from foshan_quality.lib import clock
from tests import given
from tests.desk import begin_url, buttons, list_url, office, record_url


@pytest.mark.parametrize(
    ("state", "paid", "moving", "revoked_on", "words"),
    [
        ("entered", None, 0, None, "待授权"),
        ("ready", None, 0, None, "可拨付"),
        ("ready", None, 1, None, "拨付中"),
        ("ready", Decimal(40), 0, None, "部分已付"),
        ("ready", Decimal(100), 0, None, "已付清"),
        ("ready", None, 0, "2026-08-01", "荣誉已撤销，不再拨付"),
    ],
)
def test_an_entitlement_says_how_far_it_is_paid(state, paid, moving, revoked_on, words):
    entitlement = SimpleNamespace(
        state=state,
        amount=Decimal(100),
        paid_sum=paid,
        moving=moving,
        honour=SimpleNamespace(revoked_on=revoked_on),
        get_state_display=lambda: Entitlement.State(state).label,
    )

    assert standing_said(entitlement)[0] == words


def test_a_comparison_lists_what_it_compared_and_marks_what_did_not_hold():
    run = SimpleNamespace(checks=len(CHECKS), differences=[{"code": CHECKS[2].code}])

    assert [title for title, holds in checked_in(run) if not holds] == [CHECKS[2].title]
    assert checked_in(SimpleNamespace(checks=len(CHECKS) + 1, differences=[])) == []


@pytest.mark.django_db
def test_where_there_is_nothing_to_do_the_page_says_why_instead_of_a_form():
    maker, checker = office(given.maker()), office(given.checker())
    begun = [
        (maker, Entitlement, "entitle", "现在没有待录入的荣誉"),
        (maker, Disbursement, "prepare", "还没有录入资金预算"),
        (maker, Disbursement, "prepare_many", "还没有录入资金预算"),
        (checker, Disbursement, "approve_many", "没有等待您复核的拨付单"),
        (maker, PaymentBatch, "make", "没有已复核、待编入批次的拨付单"),
    ]

    pages = [(who.get(begin_url(model, name)).content.decode(), words) for who, model, name, words in begun]

    assert [(words in page, 'name="do"' in page) for page, words in pages] == [(True, False)] * len(begun)


@pytest.mark.django_db
def test_an_empty_list_says_how_its_first_record_comes_about():
    maker = office(given.maker())

    assert "财政的支付结果文件读入后，列在这里。" in maker.get(list_url(ResultFile)).content.decode()
    assert "没有符合条件的记录" in maker.get(list_url(ResultFile, q="没有")).content.decode()


@pytest.mark.django_db
def test_taking_back_is_offered_only_while_nothing_has_left_the_house():
    season = given.walk_to("honoured", firms=1)
    with clock.at(given.AFTER_NOTICE):
        payment = given.prepared_payment(season)
        maker, entitlement = payment.prepared_by, payment.entitlement
        prepared = office(maker).get(record_url(entitlement)).context_data["hindrances"]

        given.sent(given.approved_payment(payment))
        page = office(maker).get(record_url(entitlement))

        assert prepared == [("撤回", f"请先退回或撤销 {payment.pk} 号拨付单。")]
        assert (buttons(maker, entitlement), page.context_data["hindrances"]) == ([], [])
        assert page.context_data["standing_said"] == ("拨付中", "wait")
        paid = reverse("admin:awards_ledgertransaction_payments") + "?by_day=prepared"
        assert [t in office(maker).get(paid).content.decode() for t in ("合计（1 笔）", "1,000,000.00")] == [True] * 2
        assert LedgerTransaction.objects.count() == 3  # the budget, the approval, the batch
