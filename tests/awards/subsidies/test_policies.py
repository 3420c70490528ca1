"""Tables by two people, sums from elsewhere, changes of a budget, and what they do to an entitlement."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from awards.models import BudgetChange, Entitlement, HonourKind, OutsidePayment, SubsidyRule
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.actions import digest_of
from awards.subsidies.policies import actions as ruling
from enterprises.models import AuditEvent
from enterprises.organisations import actions as registering
from enterprises.organisations.queries import kin_of
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import act_url, begin, begin_url, errors, list_url, office, press, record_url
from tests.steps import check_duty, check_step, copy_of, refused, refused_by

pytestmark = pytest.mark.django_db
CITY, NATIONAL, PROVINCIAL = "佛山市政府质量奖", "中国质量奖", "广东省政府质量奖"
ANNOUNCED = date(2026, 7, 24)


def kind(name):
    return HonourKind.objects.get(name=name)


def honour(organisation, name=CITY, year=2026, announced_on=ANNOUNCED):
    return given.recorded_honour(organisation, kind=name, year=year, announced_on=announced_on)


def entered(by=None, name=NATIONAL, amount="3000000", valid_from=date(2026, 1, 1), **more):
    facts = {"document": "扶持办法（2026）", "stacking": "highest", "combined": [NATIONAL, PROVINCIAL]} | more
    return ruling.enter_rule(by=by or given.maker(), kind=kind(name), amount=amount, valid_from=valid_from, **facts)


def in_force(**facts):
    return ruling.confirm_rule(entered(**facts), by=given.checker())


def outside(organisation, name=CITY, year=2026, **changes):
    facts = {"payer": "440605", "payer_name": "南海区财政", "amount": "500000", "source": "区公示"} | changes
    return ruling.record_outside(by=given.maker(), organisation=organisation, kind=kind(name), year=year, **facts)


# --- the table ----------------------------------------------------------------------------------------


def test_a_line_counts_once_two_people_have_read_it_and_ends_the_one_before():
    maker, first = given.maker(), in_force(valid_from=date(2024, 1, 1), amount="2500000")
    rule = entered(by=maker)
    firm = given.organisation()

    assert paying.owed_for(honour(firm, NATIONAL))[0].amount == Decimal("2500000.00")
    ruling.confirm_rule(rule, by=given.checker())

    first.refresh_from_db()
    assert first.valid_to == date(2025, 12, 31)
    assert paying.owed_for(honour(firm, NATIONAL, 2025, date(2025, 12, 31)))[0].amount == Decimal("2500000.00")
    assert paying.owed_for(honour(firm, NATIONAL, 2027))[0].amount == Decimal("3000000.00")


def test_who_entered_a_line_does_not_confirm_it():
    rule = entered(by=(both := given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)))

    with refused("two_people", untouched=[rule]):
        ruling.confirm_rule(rule, by=both)
    with refused_by("rule_two_people"):
        SubsidyRule.objects.filter(pk=rule.pk).update(confirmed_by=both)
    with refused_by("entered_rule_is_confirmed"):
        SubsidyRule.objects.filter(pk=rule.pk).update(state="in_force")


@pytest.mark.parametrize("name", ["confirm", "drop"])
def test_a_step_of_a_line_goes_from_its_source_and_from_no_other_state(name):
    rule, checker = entered(), given.checker()
    SubsidyRule.objects.filter(pk=rule.pk).update(confirmed_by=checker)
    acts = {
        "confirm": lambda by: ruling.confirm_rule(rule, by=by),
        "drop": lambda by: ruling.drop_rule(rule, by=by, reason="录错"),
    }
    check_duty(Permission.RULES_ENTER, acts[name], rule)
    assert acts[name](checker).state == {"confirm": "in_force", "drop": "dropped"}[name]
    with pytest.raises(paying.WrongState):
        acts[name](checker)


def test_a_line_with_its_days_or_its_company_wrong_is_refused():
    entered()
    with refused("days", "twice", "combined"):
        entered(valid_to=date(2025, 1, 1), combined=[])


def test_the_database_keeps_a_line_as_it_was_confirmed():
    rule = SubsidyRule.objects.filter(pk=in_force().pk)

    for changes in (
        {"amount": "1"},
        {"document": "x"},
        {"stacking": "stack"},
        {"combined": []},
        {"repeats": True},
        {"payer": "440605"},
        {"valid_from": date(2020, 1, 1)},
        {"state": "entered"},
    ):
        with refused_by("subsidy_rule_is_frozen"):
            rule.update(**changes)
    with refused_by("subsidy_rule_is_frozen"):
        rule.delete()
    waiting = entered(valid_from=date(2027, 1, 1))
    for changes, constraint in (
        ({"amount": "0"}, "rule_amount_positive"),
        ({"valid_to": date(2020, 1, 1)}, "rule_ends_after_it_begins"),
    ):
        with refused_by(constraint):
            SubsidyRule.objects.filter(pk=waiting.pk).update(**changes)


def test_a_line_may_be_ended_and_what_was_announced_before_goes_by_it_still():
    rule, firm = in_force(), given.organisation()
    ruling.end_rule(rule, by=given.maker(), last_day=date(2026, 8, 1), document="废止通知")

    assert paying.owed_for(honour(firm, NATIONAL))[0].amount == rule.amount
    assert paying.owed_for(honour(firm, NATIONAL, 2025, date(2026, 8, 2)))[0] is None
    with refused("days"):
        ruling.end_rule(rule, by=given.maker(), last_day=date(2025, 1, 1), document="废止通知")
    check_duty(
        Permission.RULES_ENTER,
        lambda by: ruling.end_rule(rule, by=by, last_day=date(2026, 9, 1), document="文"),
        rule,
    )


# --- what went before -----------------------------------------------------------------------------------


def test_the_higher_award_of_the_year_brings_only_what_is_missing_and_says_why():
    in_force(name=PROVINCIAL, amount="1000000")
    in_force()
    firm, maker = given.organisation(), given.maker()
    paying.entitle(honour(firm, PROVINCIAL), by=maker)
    national = honour(firm, NATIONAL)

    with refused("unexplained"):
        paying.entitle(national, by=maker)
    entitlement = paying.entitle(national, by=maker, reason="同年两奖，按最高一项。")

    assert (entitlement.table_amount, entitlement.owed_amount, entitlement.amount) == (3_000_000, 2_000_000, 2_000_000)
    assert (entitlement.state, [f["code"] for f in entitlement.findings]) == ("ready", ["highest"])


def test_the_same_honour_won_again_is_not_paid_again_unless_a_leader_authorises_it():
    firm, maker = given.organisation(), given.maker()
    paying.entitle(honour(firm), by=maker)
    again = honour(firm, year=2030, announced_on=date(2030, 7, 1))

    with refused("nothing_owed"):
        paying.entitle(again, by=maker, reason="再次获奖")
    special = paying.entitle(again, by=maker, amount="1000000", document="市政府纪要", reason="再次获奖，专项奖励")

    assert (special.state, special.owed_amount, special.is_special) == ("entered", 0, True)


def test_a_parent_that_was_paid_and_another_payer_are_named_before_anyone_approves():
    parent, maker = given.organisation(), given.maker()
    child = given.organisation(parent_name=parent.name, parent_code=parent.credit_code)
    grandchild = given.organisation(parent_name=child.name, parent_code=child.credit_code)
    paying.entitle(honour(parent), by=maker)
    outside(grandchild)

    with pytest.raises(paying.Refused) as refusal:
        paying.entitle(honour(grandchild), by=maker)
    entitlement = paying.entitle(honour_of(grandchild), by=maker, reason="各自独立申报，区级为配套。")

    assert parent.name in str(refusal.value)
    assert "南海区财政" in str(refusal.value)
    assert {f["code"] for f in entitlement.findings} == {"group", "other_payer"}
    assert entitlement.amount == Decimal("1000000.00")
    assert members(child) == {parent.pk, child.pk, grandchild.pk}


def members(organisation):
    return {kin.firm.pk for kin in kin_of(organisation)}


def honour_of(organisation):
    return organisation.honours.get()


def test_two_firms_that_name_each_other_as_parents_are_still_one_group():
    first = given.organisation()
    second = given.organisation(parent_name=first.name, parent_code=first.credit_code)
    registering.edit(first, by=given.owner_of(first), parent_name=second.name, parent_code=second.credit_code)

    assert members(second) == {first.pk, second.pk}


def test_firms_of_a_parent_that_is_not_on_the_portal_are_one_group():
    above = {"parent_name": "某集团有限公司", "parent_code": given.credit_code()}
    first, second, stranger = given.organisation(**above), given.organisation(**above), given.organisation()

    assert members(first) == {first.pk, second.pk}
    assert members(stranger) == {stranger.pk}


def parted(year):
    """A parent that was paid for 2026, and its subsidiary, which took the parent out of its facts in that year."""
    parent = given.organisation()
    with clock.at(datetime(year, 1, 1, tzinfo=UTC)):
        child = given.organisation(parent_name=parent.name, parent_code=parent.credit_code)
    with clock.at(datetime(year, 6, 1, tzinfo=UTC)):
        registering.edit(child, by=given.owner_of(child), parent_name="", parent_code="")
    return parent, child


def test_whoever_takes_the_parent_out_before_the_entitlement_is_asked_about_it_all_the_same():
    parent, child = parted(2026)
    maker = given.maker()
    paying.entitle(honour(parent), by=maker)

    with refused("unexplained"):
        paying.entitle(honour(child), by=maker)
    entitlement = paying.entitle(honour_of(child), by=maker, reason="已核实，各自独立申报。")

    [found] = entitlement.findings
    assert (found["code"], found["deducted"]) == ("group", "0.00")
    assert f"集团关系：{child.name}自 2026-01-01 登记上级单位为{parent.name}，2026-06-01 起不再登记" in found["text"]


def test_who_left_before_the_year_of_either_matter_is_no_part_of_it():
    parent, child = parted(2025)
    maker = given.maker()
    paying.entitle(honour(parent), by=maker)

    assert paying.entitle(honour(child), by=maker).findings == []


def test_a_parent_taken_out_after_the_entitlement_stops_no_payment_that_was_explained():
    parent, maker = given.organisation(), given.maker()
    child = given.organisation(parent_name=parent.name, parent_code=parent.credit_code)
    given.bank_account(child)
    paying.entitle(honour(parent), by=maker)
    entitlement = paying.entitle(honour(child), by=maker, reason="各自独立申报。")

    registering.edit(child, by=given.owner_of(child), parent_name="", parent_code="")

    assert paying.prepare(entitlement, by=maker, budget=given.budget()).state == "prepared"


def test_a_sum_that_comes_to_light_later_stops_the_payment_and_the_entitlement_is_entered_anew():
    firm, maker, checker = given.organisation(), given.maker(), given.checker()
    given.bank_account(firm)
    entitlement = paying.entitle(honour(firm), by=maker)
    payment = paying.prepare(entitlement, by=maker, budget=given.budget())
    outside(firm, payer="city", payer_name="专项资金")

    with refused("overtaken", untouched=[payment]):
        paying.approve(payment, by=checker, seen=digest_of(payment))
    with refused("已有拨付单，不能撤回奖补资格；请先退回或撤销拨付单。没有改动任何内容。", untouched=[entitlement]):
        paying.take_back(entitlement, by=maker, reason="重新核定")
    paying.cancel(payment, by=maker, reason="重新核定")
    paying.take_back(entitlement, by=maker, reason="重新核定")
    with refused("nothing_owed"):
        paying.entitle(entitlement.honour, by=maker, reason="已由专项资金支付")


def test_what_was_settled_afterwards_does_not_count_against_the_earlier_one():
    in_force(name=PROVINCIAL, amount="1000000")
    in_force()
    firm, maker = given.organisation(), given.maker()
    given.bank_account(firm)
    first = paying.entitle(honour(firm, PROVINCIAL), by=maker)
    paying.entitle(honour(firm, NATIONAL), by=maker, reason="同年两奖。")
    payment = paying.prepare(first, by=maker, budget=given.budget())

    assert paying.approve(payment, by=given.checker(), seen=digest_of(payment)).state == "approved"


def test_taking_back_goes_from_its_sources_only():
    firm, maker = given.organisation(), given.maker()
    entitlement = paying.entitle(honour(firm), by=maker)

    check_step(
        entitlement,
        Entitlement.workflow,
        "take_back",
        lambda: paying.take_back(entitlement, by=maker, reason="录错"),
    )
    check_duty(
        Permission.ENTITLEMENT_ENTER, lambda by: paying.take_back(entitlement, by=by, reason="录错"), entitlement
    )


def test_a_sum_from_elsewhere_is_entered_once_and_struck_with_a_reason():
    firm, maker = given.organisation(), given.maker()
    payment = outside(firm)

    with refused("这笔资助已经录入。没有重复保存。"):
        outside(firm)
    ruling.strike_outside(payment, by=maker, reason="录错单位")
    with refused("这条记录已经作废。没有改动任何内容。"):
        ruling.strike_outside(payment, by=maker, reason="录错单位")
    assert paying.owed_for(honour(firm))[1].findings == ()
    again = outside(firm)
    with refused_by("outside_payment_entered_once"):
        copy_of(again)
    with refused_by("outside_amount_positive"):
        OutsidePayment.objects.update(amount=0)
    check_duty(Permission.OUTSIDE_ENTER, lambda by: ruling.strike_outside(again, by=by, reason="录错"), again)


# --- budgets ------------------------------------------------------------------------------------------


def test_a_budget_grows_and_shrinks_by_a_document_and_the_books_follow():
    maker, budget = given.maker(), given.budget("1000000")
    ruling.change_budget(budget, by=maker, amount="500000", document="佛财〔2026〕20号")
    ruling.change_budget(budget, by=maker, amount="-200000", document="佛财〔2026〕21号")

    budget.refresh_from_db()
    assert budget.total == Decimal("1300000.00")
    assert ledger.balances(budget)["available"] == Decimal("1300000.00")
    assert list(BudgetChange.objects.values_list("amount", flat=True)) == [500_000, -200_000]
    with refused_by("budget_change_not_zero"):
        BudgetChange.objects.create(budget=budget, amount=0, document="文", changed_by=maker)
    check_duty(
        Permission.ENTITLEMENT_ENTER,
        lambda by: ruling.change_budget(budget, by=by, amount="1", document="文"),
        budget,
    )


@pytest.mark.parametrize(
    ("amount", "code"), [("0", "amount"), ("abc", "amount"), ("-1000000.01", "reserved"), ("999999999999", "amount")]
)
def test_a_budget_is_never_below_what_is_taken_and_never_beyond_the_books(amount, code):
    budget = given.budget("1000000")

    with refused(code, untouched=[budget]):
        ruling.change_budget(budget, by=given.maker(), amount=amount, document="文")


def test_the_city_does_not_pay_what_a_district_owes():
    in_force(name=CITY, amount="500000", payer="440605", stacking="stack", combined=[])
    firm, maker = given.organisation(), given.maker()
    given.bank_account(firm)
    city = honour(firm)
    paying.entitle(city, by=maker)
    district = paying.entitle(city, by=maker, payer="440605", reason="区级配套。")

    assert (district.amount, [f["code"] for f in district.findings]) == (500_000, ["other_payer"])
    budget = given.budget()
    with refused("payer"):
        paying.prepare(district, by=maker, budget=budget)


# --- in the office ------------------------------------------------------------------------------------


def test_a_line_is_entered_and_confirmed_on_screen():
    maker, checker = given.maker(), given.checker()
    rule = begin(
        maker,
        SubsidyRule,
        "enter",
        kind=kind(NATIONAL).pk,
        payer="city",
        amount="3,000,000元",
        document="扶持办法（2026）",
        article="第八条",
        valid_from="2026-01-01",
        stacking="highest",
        combined=[kind(NATIONAL).pk, kind(PROVINCIAL).pk],
        stacking_basis="第十条",
    )
    press(checker, rule, "confirm")

    page = office(checker).get(record_url(rule)).content.decode()
    assert (rule.state, set(rule.combined)) == ("in_force", {NATIONAL, PROVINCIAL})
    shown = ("3,000,000.00", "第八条", "同一年度只按最高一项", "、".join(rule.combined))
    assert [text for text in shown if text not in page] == []
    assert office(maker).get(act_url(rule, "end")).status_code == 200


def test_a_sum_from_elsewhere_asks_for_a_firm_on_the_portal():
    firm, maker = given.organisation(), given.maker()
    facts = {
        "kind": kind(CITY).pk,
        "year": 2026,
        "payer": "440605",
        "payer_name": "南海区财政",
        "amount": "500000",
        "source": "区公示",
    }
    unknown = office(maker).post(begin_url(OutsidePayment, "record"), facts | {"credit_code": given.credit_code()})
    known = begin(maker, OutsidePayment, "record", credit_code=firm.credit_code.lower(), **facts)

    assert "平台上没有这个代码的单位" in errors(unknown)[0]
    assert known.organisation == firm
    assert AuditEvent.objects.latest("seq").verb == "record_outside"


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_at_one_row_and_at_three(count, django_assert_num_queries):
    checker = given.checker()
    for number in range(count):
        outside(given.organisation())
        in_force(valid_from=date(2026, 1, 1 + number))
    desk = office(checker)
    for model in (SubsidyRule, OutsidePayment):
        with django_assert_num_queries(LIST_QUERIES[model]):
            assert desk.get(list_url(model)).status_code == 200


LIST_QUERIES = {SubsidyRule: 6, OutsidePayment: 5}
