"""One sum paid in parts: the plan by two people, the earliest part that is due, and never more than the whole."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from awards.models import Disbursement, Entitlement, Instalment, PaymentPlan
from awards.subsidies import actions as paying
from awards.subsidies.plans import actions as planning
from awards.subsidies.plans.instalments import Part, parts_in, plan_problems, standing
from awards.subsidies.queries import due_in_part, due_in_whole, schedule_of
from enterprises.models import User
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, office, press, record_url
from tests.steps import check_duty, copy_of, past_triggers, refused, refused_by

MILLION = Decimal("1000000.00")
HALF = Decimal("500000.00")
NOW = datetime(2026, 9, 1, 10, 0, tzinfo=given.SHANGHAI)
FIRST, SECOND = date(2026, 9, 1), date(2026, 12, 31)
HALVES = [Part(FIRST, HALF, "证书颁发后"), Part(SECOND, HALF, "验收合格后")]
WHY = {"document": "佛府办〔2026〕31号", "reason": "按项目进度分期。"}


# --- what a plan is -----------------------------------------------------------------------------------


def test_a_plan_is_read_as_people_write_it():
    assert parts_in("2026-12-31 500000 验收合格后\n\n２０２７年６月１日 50万元\n2027/7/1 1,000.50") == [
        Part(date(2026, 12, 31), HALF, "验收合格后"),
        Part(date(2027, 6, 1), HALF),
        Part(date(2027, 7, 1), Decimal("1000.50")),
    ]
    for wrong in ("2026-13-01 5", "明年 500000", "2026-12-31", "2026-12-31 0.001", "2026-12-31 -5"):
        with pytest.raises(ValueError, match="第 1 行"):
            parts_in(wrong)


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        (HALVES, []),
        ([], ["total"]),
        ([Part(FIRST, MILLION)], []),
        ([Part(FIRST, HALF), Part(SECOND, HALF + Decimal("0.01"))], ["total"]),
        ([Part(SECOND, HALF), Part(FIRST, HALF)], ["order"]),
        ([Part(FIRST, HALF), Part(FIRST, HALF)], ["order"]),
        ([Part(FIRST, Decimal(0)), Part(SECOND, MILLION)], ["amount"]),
        ([Part(FIRST + timedelta(days=n), Decimal("40000.00")) for n in range(25)], ["too_many"]),
    ],
)
def test_what_keeps_parts_from_being_a_plan(parts, codes):
    assert [problem.code for problem in plan_problems(parts, MILLION)] == codes


def test_how_far_a_sum_has_come_counts_what_counts():
    payments = [
        Disbursement(state=state, amount=amount)
        for state, amount in (("paid", 1), ("sent", 2), ("prepared", 4), ("returned", 8), ("cancelled", 16))
    ]

    found = standing(Decimal(100), payments)

    assert (found.paid, found.on_its_way, found.outstanding, found.to_plan) == (1, 6, 99, 93)


# --- by two people ------------------------------------------------------------------------------------


@pytest.fixture
def entitlement(db):
    organisation = given.organisation()
    given.bank_account(organisation)
    honour = given.recorded_honour(organisation, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    with clock.at(NOW):
        yield paying.entitle(honour, by=given.maker())


@pytest.fixture
def planned(entitlement):
    return with_plan(entitlement)


def with_plan(entitlement, parts=HALVES):
    plan = planning.enter_plan(entitlement, by=given.maker(), parts=parts, **WHY)
    planning.confirm_plan(entitlement, by=given.checker(), plan=plan.pk)
    return entitlement


def paid(entitlement, budget, *, settled=True):
    """The next sum of an entitlement, paid."""
    payment = given.approved_payment(paying.prepare(entitlement, by=given.maker(), budget=budget))
    sent = given.sent(payment)
    return paying.settle(sent, by=User.objects.robot(), day=clock.today()) if settled else sent


def test_a_plan_counts_once_a_second_person_has_confirmed_it(entitlement):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)
    plan, budget = planning.enter_plan(entitlement, by=both, parts=HALVES, **WHY), given.budget()

    with refused("plan_waits"):
        paying.prepare(entitlement, by=given.maker(), budget=budget)
    with refused("two_people", untouched=[plan]):
        planning.confirm_plan(entitlement, by=both, plan=plan.pk)
    with refused("waiting"):
        planning.enter_plan(entitlement, by=both, parts=HALVES, **WHY)
    check_duty(
        Permission.PLAN_ENTER,
        lambda by: planning.enter_plan(entitlement, by=by, parts=HALVES, **WHY),
        entitlement,
    )
    check_duty(Permission.PLAN_CONFIRM, lambda by: planning.confirm_plan(entitlement, by=by, plan=plan.pk), entitlement)
    assert planning.confirm_plan(entitlement, by=given.checker(), plan=plan.pk).state == "in_force"
    with pytest.raises(planning.WrongState):
        planning.confirm_plan(entitlement, by=given.checker(), plan=0)


def test_everything_wrong_with_a_plan_is_named_at_once(entitlement):
    Entitlement.objects.update(state="withdrawn")
    type(entitlement.honour).objects.update(revoked_on=NOW.date())

    with refused("not_ready", "revoked", "total", "empty", "empty", untouched=[entitlement]):
        planning.enter_plan(entitlement, by=given.maker(), parts=HALVES[:1], document=" ", reason="")


def test_a_plan_that_was_dropped_leaves_one_payment(entitlement):
    plan = planning.enter_plan(entitlement, by=given.maker(), parts=HALVES, **WHY)
    planning.drop_plan(entitlement, by=given.maker(), plan=plan.pk)

    assert paying.prepare(entitlement, by=given.maker(), budget=given.budget()).amount == MILLION
    with refused("total", untouched=[entitlement]):
        planning.enter_plan(entitlement, by=given.maker(), parts=HALVES, **WHY)


# --- part by part -------------------------------------------------------------------------------------


def test_each_part_is_paid_once_when_it_is_due(planned):
    budget = given.budget()
    first = paid(planned, budget)

    with refused("not_due", untouched=[planned]):
        paying.prepare(planned, by=given.maker(), budget=budget)
    with clock.at(datetime(2026, 12, 31, 9, tzinfo=given.SHANGHAI)):
        second = paid(planned, budget)
        with refused("twice", untouched=[planned]):
            paying.prepare(planned, by=given.maker(), budget=budget)

    shown = schedule_of(planned)
    assert [(p.instalment.turn, p.amount) for p in (first, second)] == [(1, HALF), (2, HALF)]
    assert (shown.standing.paid, shown.standing.outstanding, shown.next_due) == (MILLION, 0, None)
    budget.refresh_from_db()
    assert budget.reserved == MILLION


def test_what_is_left_may_be_planned_anew(planned):
    budget = given.budget()
    paid(planned, budget)
    later = [Part(SECOND, Decimal("200000.00")), Part(date(2027, 6, 30), Decimal("300000.00"))]

    with_plan(planned, later)

    assert sorted(PaymentPlan.objects.values_list("state", flat=True)) == ["in_force", "replaced"]
    with clock.at(datetime(2027, 1, 4, 9, tzinfo=given.SHANGHAI)):
        assert paying.prepare(planned, by=given.maker(), budget=given.budget()).amount == Decimal("200000.00")
    assert schedule_of(planned).unplanned == 0


def test_a_part_returned_after_the_plan_changed_has_to_be_planned_again(planned):
    budget = given.budget()
    sent = paid(planned, budget, settled=False)
    with_plan(planned, [Part(SECOND, HALF)])
    paying.bounce(sent, by=User.objects.robot(), day=clock.today(), reason="账号有误。")
    given.bank_account(planned.honour.organisation)

    assert schedule_of(planned).unplanned == HALF
    with_plan(planned, HALVES)
    again = paying.prepare(planned, by=given.maker(), budget=budget)
    assert (again.replaces, again.instalment.turn) == (sent, 1)


def test_what_waits_for_the_maker_follows_the_plan(planned):
    def found():
        rows = Entitlement.objects.all()
        return due_in_whole(rows).count(), due_in_part(rows).count()

    before = found()
    paying.prepare(planned, by=given.maker(), budget=given.budget())
    between = found()
    with clock.at(datetime(2026, 12, 31, 9, tzinfo=given.SHANGHAI)):
        later = found()

    assert (before, between, later) == ((0, 1), (0, 0), (0, 1))


# --- what the database refuses ------------------------------------------------------------------------


@pytest.fixture
def first(planned):
    """The first part, prepared."""
    return paying.prepare(planned, by=given.maker(), budget=given.budget())


def test_the_database_pays_no_more_than_the_whole(first):
    with refused_by("payments_within_the_entitlement"):
        copy_of(first, amount=HALF + Decimal("0.01"), instalment=None, **reference(1))
    with refused_by("payments_within_the_entitlement"):
        Disbursement.objects.update(amount=MILLION + 1)
    with refused_by("entitlement_covers_its_payments"):
        Entitlement.objects.update(amount=HALF - 1, owed_amount=HALF - 1, table_amount=HALF)
    with past_triggers():
        dead = copy_of(first, amount=MILLION, instalment=None, state="cancelled", **reference(2))
    with refused_by("payments_within_the_entitlement"):
        Disbursement.objects.filter(pk=dead.pk).update(state="prepared")


def reference(number):
    return {"reference": f"00000000-0000-0000-0000-{number:012d}"}


def test_the_database_pays_a_part_once_and_by_its_own_sum(first):
    second = Instalment.objects.get(turn=2)

    with refused_by("one_live_payment_per_instalment"):
        copy_of(first, **reference(1))
    with refused_by("payment_fits_its_instalment"):
        copy_of(first, instalment=second, amount=HALF - 1, **reference(2))
    PaymentPlan.objects.update(state="replaced")
    with refused_by("payment_fits_its_instalment"):
        copy_of(first, instalment=second, **reference(3))


def test_the_database_refuses_impossible_plans(planned):
    plan = PaymentPlan.objects.get()

    with refused_by("plan_two_people"):
        PaymentPlan.objects.update(confirmed_by=plan.entered_by)
    with refused_by("plan_in_force_is_confirmed"):
        PaymentPlan.objects.update(confirmed_by=None)
    with refused_by("one_plan_in_force"):
        copy_of(plan)
    with refused_by("one_plan_waiting"):
        [copy_of(plan, state="entered") for _ in range(2)]
    with refused_by("instalment_positive"):
        Instalment.objects.create(plan=plan, turn=3, due_on=FIRST, amount=0)
    with refused_by("one_instalment_a_turn"):
        Instalment.objects.create(plan=plan, turn=2, due_on=FIRST, amount=1)


# --- on screen ----------------------------------------------------------------------------------------


def test_a_plan_is_entered_confirmed_and_followed_in_the_office(entitlement):
    maker, checker = entitlement.entered_by, given.checker()
    lines = "2026-09-01 50万 证书颁发后\n2026-12-31 50万 验收合格后"
    wrong = office(maker).post(act_url(entitlement, "plan"), {"parts": "明天 50万", **WHY})
    press(maker, entitlement, "plan", parts=lines, **WHY)
    waiting = [line["label"] for line in office(checker).get("/office/").context_data["waiting"]]
    plan = PaymentPlan.objects.get()
    press(checker, entitlement, "confirm_plan", plan=plan.pk)

    payment = begin(maker, Disbursement, "prepare", entitlement=entitlement.pk, budget=given.budget().pk)

    assert errors(wrong) == ["第 1 行“明天 50万”读不懂，请写成：2026-12-31 500000 付款条件。没有保存。"]
    assert waiting == ["分期计划待您核对"]
    page = office(maker).get(record_url(entitlement)).content.decode()
    assert [text in page for text in ("验收合格后", "第 2 期 500,000.00 元（2026-12-31 起）")] == [True] * 2
    assert "第 1 期" in office(checker).get(act_url(payment, "approve")).content.decode()
    assert "plan" in buttons(maker, entitlement)


def test_the_choice_of_what_to_prepare_names_the_part(planned):
    form = office(given.maker()).get(begin_url(Disbursement, "prepare")).context_data["form"]

    labels = [label for _value, label in form.fields["entitlement"].choices]
    assert labels[1].endswith("，第 1 期 500,000.00 元（2026-09-01 起）")


def test_the_enterprise_sees_what_is_paid_and_what_comes(planned):
    paid(planned, given.budget())
    own = planned.honour.organisation

    page = office(given.owner_of(own)).get(reverse("organisation_money", args=[own.pk])).content.decode()

    assert [t in page for t in ("<td>已到账</td>", "第 2 期", "2026-12-31", "待办理")] == [True] * 4
    assert office(given.person("外人")).get(reverse("organisation_money", args=[own.pk])).status_code == 404
