"""An organisation's statement of its money: for its members and those who see the books, for nobody else."""

from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
from django.db import transaction

from awards.models import Disbursement, Entitlement
from awards.subsidies import actions as paying
from awards.subsidies.clawbacks import actions as clawback_actions
from awards.subsidies.own.statement import statement_of
from awards.subsidies.own.words import next_said
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import office
from tests.kept import kept
from tests.steps import put

NUMBER = "6222000000001234"


@pytest.fixture
@kept
def firm(db):
    """Its payment came back, the next arrived, the honour was revoked, a part was given back."""
    firm = given.organisation(name="佛山市甲乙丙有限公司")
    given.bank_account(firm)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 1))
    maker, checker = given.maker(), given.checker()
    entitled = paying.entitle(honour, by=maker)
    budget = given.budget("3000000")
    answered(entitled, budget, maker, checker, paying.bounce, reason="账号有误")
    payment = answered(entitled, budget, maker, checker, paying.settle)
    with transaction.atomic():
        owed = clawback_actions.open_clawback(payment, by=maker, document="某决定", due_on=date(2026, 10, 9))
    back = {"amount": "400000", "received_on": date(2026, 9, 8), "voucher": "V-7"}
    clawback_actions.confirm_entry(clawback_actions.enter_recovery(owed, by=maker, **back), by=checker)
    return firm


def answered(entitled, budget, maker, checker, act, **facts):
    """A payment that was approved, sent and answered."""
    prepared = paying.prepare(entitled, by=maker, budget=budget, because="账户已核对")
    return act(
        given.sent(given.approved_payment(prepared, by=checker)),
        by=User.objects.robot(),
        day=date(2026, 7, 30),
        **facts,
    )


def page(firm):
    return f"/organisations/{firm.pk}/money/"


def test_the_statement_has_every_sum_as_the_books_have_it(firm):
    own = statement_of(firm)

    assert (own.entitled, own.paid, own.returned, own.owed_back, own.recovered) == tuple(
        Decimal(sum_) for sum_ in ("1000000.00", "1000000.00", "1000000.00", "600000.00", "400000.00")
    )
    [matter] = own.matters
    assert [(p.words, p.amount, p.day, p.account) for p in matter.payments] == [
        ("银行退回，没有到账，已重新办理", 1_000_000, date(2026, 7, 30), "************1234"),
        ("已到账", 1_000_000, date(2026, 7, 30), "************1234"),
    ]
    assert [(g.day, g.amount, g.voucher) for g in matter.given_back] == [(date(2026, 9, 8), 400_000, "V-7")]
    assert matter.next_step == "荣誉已撤销，请于 2026年10月9日 前退回 600,000.00 元。"


def test_its_members_see_it_and_it_names_no_officer_and_no_account(firm):
    people = [given.owner_of(firm), *(given.colleague_of(firm, r) for r in (Relation.EDITOR, Relation.READER))]
    officers = list(Disbursement.objects.values_list("prepared_by__name", "approved_by__name").first())

    for person in people:
        text = office(person).get(page(firm)).content.decode()
        assert "600,000.00" in text
        assert "银行的说明：账号有误" in text
        assert [word for word in (NUMBER, "V-7V", *officers) if word in text] == []


def test_strangers_former_members_and_the_office_do_not_learn_of_it(firm):
    former = given.colleague_of(firm, Relation.OWNER)
    firm.memberships.filter(user=former).update(ended_at=clock.now())
    others = [given.owner_of(given.organisation()), former, given.checker(), given.secretary()]

    for person in others:
        for address in (page(firm), f"{page(firm)}statement/"):
            assert office(person).get(address).status_code == 404


def test_the_office_of_the_money_sees_the_same(firm):
    address = f"/office/awards/ledgertransaction/organisation/{firm.pk}/"

    assert "600,000.00" in office(given.auditor()).get(address).content.decode()
    assert office(given.auditor()).get(f"{address}paper/").status_code == 200
    assert office(given.secretary()).get(address).status_code == 403
    assert office(given.maker()).get("/office/awards/ledgertransaction/organisation/0/").status_code == 404


def test_it_is_printed_with_the_digest_of_what_it_says_and_the_trail_knows(firm):
    owner = given.owner_of(firm)

    pdf = office(owner).get(f"{page(firm)}statement/").content

    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(pdf))
    last = AuditEvent.objects.latest("seq")
    assert (last.verb, last.actor_id, last.target_id) == ("print_own_statement", owner.pk, str(firm.pk))
    assert last.details["digest"] in text
    assert "V-7" in text
    assert NUMBER not in text


def test_what_is_not_authorised_or_was_taken_back_is_not_told(firm):
    put(Entitlement.objects.get(), "entered")

    assert statement_of(firm).matters == []
    assert "还没有奖补资金" in office(given.owner_of(firm)).get(page(firm)).content.decode()


def test_the_page_costs_the_same_for_one_sum_and_for_three(firm, django_assert_num_queries):
    client, maker = office(given.owner_of(firm)), given.maker()
    client.get(page(firm))

    with django_assert_num_queries(12):
        client.get(page(firm))
    for kind, year in (("中国质量奖", 2024), ("广东省政府质量奖", 2025)):
        honour = given.recorded_honour(firm, kind=kind, year=year, announced_on=date(year, 9, 1))
        entitled = paying.entitle(honour, by=maker, amount="7", document="某文件", reason="某理由")
        Entitlement.objects.filter(pk=entitled.pk).update(state="ready", authorised_by=given.leader())
        Disbursement.objects.create(
            entitlement=entitled,
            budget=Disbursement.objects.first().budget,
            account=Disbursement.objects.first().account,
            amount=7,
            document="某",
            prepared_by=maker,
        )
    with django_assert_num_queries(12):
        client.get(page(firm))


@pytest.mark.parametrize(
    ("states", "facts", "said"),
    [
        ([], {}, "正在办理支付，不需要提交材料。"),
        ([], {"has_account": False}, "请单位负责人确认对公账户，确认后才能支付。"),
        (["returned"], {}, "请单位负责人核对对公账户；核对后重新支付。"),
        (["returned", "approved"], {}, "正在办理支付，不需要提交材料。"),
        (["sent"], {}, "财政支付后到账，到账日期会显示在这里。"),
        (["returned", "paid"], {}, "没有后续事项。"),
        (["paid"], {"unpaid": Decimal("400000")}, "其余 400,000.00 元尚未支付，支付和到账会显示在这里。"),
        (
            ["paid"],
            {"owed_back": Decimal("0.01"), "due_on": date(2026, 3, 5), "is_revoked": True},
            "荣誉已撤销，请于 2026年3月5日 前退回 0.01 元。",
        ),
        ([], {"is_revoked": True}, "荣誉已撤销，不再支付。"),
        (["returned"], {"is_revoked": True}, "荣誉已撤销，不再支付。"),
        (["sent"], {"is_revoked": True}, "荣誉已撤销；款项到账的，须全部退回。"),
        (["paid"], {"is_revoked": True}, "荣誉已撤销，奖金已经退清，没有后续事项。"),
    ],
)
def test_what_comes_next_is_one_sentence(states, facts, said):
    assert next_said(states, **facts) == said
