"""What stands in the way of a payment at every step: an open objection, a notice that a rule demands, credit."""

from datetime import date, datetime, timedelta

import pytest

from awards.models import Budget, Entitlement, HonourKind, Objection, PayoutNotice, SubsidyRule
from awards.revocations import actions as revoking
from awards.subsidies import actions as paying
from awards.subsidies.actions import digest_of
from awards.subsidies.plans import actions as planning
from awards.subsidies.policies import actions as ruling
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import act_url, buttons, office, press, record_url
from tests.steps import check_duty, copy_of, past_triggers, refused, refused_by

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=given.SHANGHAI)
LAST = date(2026, 9, 7)
BASIS = "某办法第九条：拨付前公示"
NOTICE = {"document": "奖补资金拨付公示", "first_day": date(2026, 9, 1), "last_day": LAST}


def rule(**more):
    kind = HonourKind.objects.get(name="佛山市政府质量奖")
    facts = {"document": "某办法", "amount": "800000", "valid_from": date(2026, 1, 1)} | more
    return ruling.enter_rule(by=given.maker(), kind=kind, **facts)


@pytest.fixture
def entitlement(db):
    """By a line of the table that demands a notice before payment."""
    ruling.confirm_rule(rule(needs_notice=True, notice_basis=BASIS), by=given.checker())
    firm = given.organisation()
    given.bank_account(firm)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    with clock.at(NOW):
        yield paying.entitle(honour, by=given.maker())


def noticed(entitlement, **changes):
    notice = planning.enter_payout_notice(entitlement, by=given.maker(), **NOTICE | changes)
    return planning.confirm_payout_notice(entitlement, by=given.checker(), notice=notice.pk)


def test_no_published_line_demands_a_notice_by_itself(db):
    assert not SubsidyRule.objects.filter(needs_notice=True).exists()


def test_where_the_rule_demands_a_notice_nothing_is_paid_before_its_last_day_has_passed(entitlement):
    maker, budget = given.maker(), given.budget()

    with refused("no_notice", untouched=[entitlement]):
        paying.prepare(entitlement, by=maker, budget=budget)
    noticed(entitlement)
    with clock.at(NOW + timedelta(days=6)), refused("notice_runs", untouched=[entitlement]):
        paying.prepare(entitlement, by=maker, budget=budget)
    with clock.at(NOW + timedelta(days=7)):
        assert paying.prepare(entitlement, by=maker, budget=budget).state == "prepared"


def test_the_notice_is_asked_for_at_every_step(entitlement):
    notice = noticed(entitlement)
    with clock.at(NOW + timedelta(days=7)):
        payment = paying.prepare(entitlement, by=given.maker(), budget=given.budget())
        notices = PayoutNotice.objects.filter(pk=notice.pk)
        with past_triggers():
            notices.update(last_day=LAST + timedelta(days=1))
        with refused("notice_runs", untouched=[payment]):
            paying.approve(payment, by=given.checker(), seen=digest_of(payment))
        with past_triggers():
            notices.update(last_day=LAST)
        paying.approve(payment, by=given.checker(), seen=digest_of(payment))
        with past_triggers():
            notices.update(state="dropped")
        with pytest.raises(paying.Refused, match="还没有登记并核对拨付公示"):
            given.batched(payment)


def test_a_notice_takes_two_people(entitlement):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)
    notice = planning.enter_payout_notice(entitlement, by=both, **NOTICE)

    with refused("two_people", untouched=[notice]):
        planning.confirm_payout_notice(entitlement, by=both, notice=notice.pk)
    with refused("empty", "days", "twice", untouched=[entitlement]):
        planning.enter_payout_notice(
            entitlement, by=both, document=" ", first_day=LAST, last_day=LAST - timedelta(days=1)
        )
    facts = {"entitlement": entitlement, "notice": notice.pk}
    check_duty(Permission.PLAN_CONFIRM, lambda by: planning.confirm_payout_notice(by=by, **facts), notice)
    check_duty(Permission.PLAN_ENTER, lambda by: planning.drop_payout_notice(by=by, **facts), notice)
    planning.drop_payout_notice(by=both, **facts)
    assert noticed(entitlement).state == "confirmed"


def test_the_database_refuses_impossible_notices_and_rules(entitlement):
    notice = noticed(entitlement)

    with refused_by("payout_notice_ends_after_it_begins"):
        PayoutNotice.objects.update(last_day=date(2026, 8, 31))
    with refused_by("payout_notice_two_people"):
        PayoutNotice.objects.update(confirmed_by=notice.entered_by)
    with refused_by("payout_notice_is_confirmed"):
        PayoutNotice.objects.update(confirmed_at=None)
    with refused_by("one_payout_notice_per_entitlement"):
        copy_of(notice)
    with refused("notice_basis"):
        rule(needs_notice=True, amount="1")
    with refused_by("notice_has_a_basis"):
        SubsidyRule.objects.filter(needs_notice=False).first().__class__.objects.create(
            kind=entitlement.honour.kind, amount=1, document="某", valid_from=LAST, needs_notice=True
        )
    with refused_by("rule_of_notice_is_frozen"):
        SubsidyRule.objects.filter(needs_notice=True).update(needs_notice=False)


def test_an_objection_without_an_outcome_holds_the_money_at_every_step(db):
    season = given.walk_to("honoured", firms=1, experts=1, members=1, experts_per_application="1")
    payment, application = given.prepared_payment(season), season.applications[0]
    facts = {"notice": season.notice, "application": application, "objector": "某", "contact": "某", "grounds": "某"}
    late = Objection.objects.create(receipt="Y-1", **facts)

    with refused("objection", untouched=[payment]):
        paying.approve(payment, by=given.checker(), seen=digest_of(payment))
    Objection.objects.update(state="withdrawn", withdrawn_at=given.AFTER_NOTICE, withdrawn_because="查无此事。")
    paying.approve(payment, by=given.checker(), seen=digest_of(payment))
    Objection.objects.filter(pk=late.pk).update(state="received")
    with pytest.raises(paying.Refused, match="尚未作出结论的异议"):
        given.batched(payment)


@pytest.mark.parametrize("holds", [True, False])
def test_a_revocation_that_is_not_decided_holds_the_money_where_the_rules_say_so(db, holds):
    rule = {"revocation_holds_money": "是" if holds else "否"}
    season = given.walk_to("honoured", firms=1, experts=1, members=1, experts_per_application="1", **rule)
    payment, budget = given.prepared_payment(season), Budget.objects.get()
    again = Entitlement.objects.get()
    said = {"cause": "fraud", "facts": "数据不实。", "basis": "办法第三十条"}
    proposal = revoking.propose(season.applications[0].granted, by=season.secretary, **said)

    if not holds:
        given.approved_payment(payment)
        given.batched(payment)
        return
    with refused("in_question", untouched=[payment]):
        paying.approve(payment, by=given.checker(), seen=digest_of(payment))
    paying.cancel(payment, by=given.maker(), reason="重做")
    with refused("in_question", untouched=[budget]):
        paying.prepare(again, by=given.maker(), budget=budget)
    revoking.drop(proposal, by=season.secretary, reason="线索不实")
    payment = given.approved_payment(paying.prepare(again, by=given.maker(), budget=budget))
    revoking.propose(season.applications[0].granted, by=season.secretary, **said)
    with pytest.raises(paying.Refused, match="有撤销提议正在办理"):
        given.batched(payment)


def test_a_credit_record_stops_the_preparation_too(entitlement):
    noticed(entitlement)
    given.open_edition()
    given.credit_record(entitlement.honour.organisation)
    maker, budget = given.maker(), given.budget()

    with clock.at(NOW + timedelta(days=7)), refused("credit", untouched=[entitlement]):
        paying.prepare(entitlement, by=maker, budget=budget)


def test_a_notice_is_entered_and_confirmed_in_the_office(entitlement):
    maker, checker = entitlement.entered_by, given.checker()
    days = {"first_day": "2026-09-01", "last_day": "2026-09-07"}
    before = office(maker).get(record_url(entitlement)).content.decode()
    press(maker, entitlement, "notice", document="奖补资金拨付公示", **days)
    own = office(maker).post(act_url(entitlement, "confirm_notice"), {"notice": PayoutNotice.objects.get().pk})

    press(checker, entitlement, "confirm_notice", notice=PayoutNotice.objects.get().pk)

    assert (BASIS in before, "还没有登记" in before, own.status_code) == (True, True, 403)
    assert PayoutNotice.objects.get().state == "confirmed"
    assert "confirm_notice" not in buttons(checker, entitlement)
    assert Entitlement.objects.get().state == "ready"
