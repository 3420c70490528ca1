"""An honour taken back, from the proposal to the money that returns."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from awards.applications import actions as applying
from awards.models import Application, Bar, Clawback, Edition, HolderStatement, Honour, Recovery, Revocation
from awards.revocations import actions as revoking
from awards.subsidies import actions as paying
from awards.subsidies import clawback_actions as recovering
from awards.subsidies import ledger
from awards.subsidies.tasks import send_batch
from enterprises.models import AuditEvent, Message, User
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Relation
from tests import given
from tests.steps import check_duty, copy_of, no_trace, put, refused, refused_by, state_of, trial

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=given.SHANGHAI)
ANSWER_BY = date(2026, 9, 8)  # five working days from the next
LATER = datetime(2026, 9, 10, 10, 0, tzinfo=given.SHANGHAI)
MILLION = Decimal("1000000.00")


class Case:
    """An honoured firm and the people who take the honour back."""

    def __init__(self):
        self.by, self.second = given.secretary(), given.secretary()
        self.edition = given.open_edition(by=self.by)
        self.firm = given.organisation()
        self.owner = given.owner_of(self.firm)
        application = Application.objects.create(
            edition=self.edition,
            organisation=self.firm,
            state="honoured",
            number="FSZLJ202607-001",
            submitted_at=given.SPRING,
            submitted_by=self.owner,
            created_by=self.owner,
        )
        Edition.objects.update(state="awarded")
        self.honour = given.recorded_honour(
            self.firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24), application=application
        )

    def proposed(self, **changes):
        facts = {"cause": "fraud", "facts": "申报数据与审计报告不符。", "basis": "某办法第十条"} | changes
        with clock.at(NOW):
            return revoking.propose(self.honour, by=self.by, **facts)

    def told(self, **changes):
        with clock.at(NOW):
            return revoking.tell(self.proposed(**changes), by=self.by)

    def heard(self, **changes):
        case = self.told(**changes)
        with clock.at(LATER):
            return revoking.hear(case, by=self.by, heard_on=LATER.date(), record="单位逾期未陈述。")

    def decided(self, case=None, **changes):
        facts = {
            "outcome": "revoke",
            "issuer": "佛山市人民政府",
            "number": "佛府〔2026〕30号",
            "title": "关于撤销的决定",
            "issued_on": LATER.date(),
            "public_reason": "申报材料弄虚作假。",
            "upload": given.upload("决定.pdf"),
        } | changes
        case = case or self.heard()
        with clock.at(LATER):
            return revoking.decide(case, by=self.by, **facts)

    def revoked(self, case=None, **changes):
        return self.revoke(self.decided(case, **changes))

    def revoke(self, case):
        with clock.at(LATER):
            return revoking.revoke(case, by=self.second)

    def payment(self, state):
        """A payment of the honour, as far as `state`."""
        checker, robot = given.checker(), User.objects.robot()
        maker = given.maker()
        given.bank_account(self.firm)
        payment = paying.prepare(paying.entitle(self.honour, by=maker), by=maker, budget=given.budget())
        steps = {
            "approved": lambda: paying.approve(payment, by=checker, seen=paying.digest_of(payment)),
            "sending": lambda: given.batched(payment, by=maker),
            "sent": lambda: send_batch(payment.batch_id),
            "paid": lambda: paying.settle(payment, by=robot, day=date(2026, 8, 20)),
        }
        for name, step in steps.items():
            if payment.state == state:
                break
            step()
            payment.refresh_from_db()
            assert payment.state == name
        return payment


@pytest.fixture
def case(db):
    return Case()


# --- from the proposal to the hearing -----------------------------------------------------------------


def test_a_proposal_changes_nothing_and_the_holder_does_not_know_of_it(case):
    before = Message.objects.count()

    case.proposed(uploads=[given.upload("审计报告.pdf")])

    assert (Honour.objects.in_force().count(), Message.objects.count()) == (1, before)
    assert Revocation.objects.get().papers.count() == 1
    with refused("open"):
        case.proposed()


def test_the_holder_is_told_and_may_state_its_case_until_the_last_day(case):
    told = case.told()

    assert (told.answer_by, Message.objects.filter(kind="revocation_told").count()) == (ANSWER_BY, 1)
    editor, reader = given.colleague_of(case.firm), given.colleague_of(case.firm, Relation.READER)
    with clock.at(NOW + timedelta(days=7)):
        revoking.state_case(told, by=case.owner, text="数据有出处。", upload=given.upload("说明.pdf"))
        revoking.state_case(told, by=editor, text="补充说明。")
        with refused("text"):
            revoking.state_case(told, by=editor, text=" ")
        check_duty(Permission.REVOCATION_ANSWER, lambda by: revoking.state_case(told, by=by, text="x"), told)
        check_duty(Permission.REVOCATION_RUN, lambda by: revoking.tell(told, by=by), told)
        with pytest.raises(PermissionDenied):
            revoking.state_case(told, by=reader, text="x")
    with clock.at(NOW + timedelta(days=8)), refused("closed"):
        revoking.state_case(told, by=case.owner, text="太晚。")
    assert [s.text for s in told.statements.all()] == ["数据有出处。", "补充说明。"]


def test_nobody_is_heard_before_the_last_day_unless_the_holder_has_spoken(case):
    told = case.told()

    with clock.at(NOW + timedelta(days=1)):
        with refused("too_early", "record", untouched=[told]):
            revoking.hear(told, by=case.by, heard_on=clock.today(), record=" ")
        revoking.state_case(told, by=case.owner, text="不属实。")
        with refused("heard_on", untouched=[told]):
            revoking.hear(told, by=case.by, heard_on=clock.today() + timedelta(days=1), record="已听取。")
        heard = revoking.hear(told, by=case.by, heard_on=clock.today(), record="已听取。")

    assert heard.state == "heard"


STEPS = {
    "tell_revocation": lambda case, record: revoking.tell(record, by=case.by),
    "hear_holder": lambda case, record: revoking.hear(record, by=case.by, heard_on=LATER.date(), record="已听取。"),
    "enter_decision": lambda case, record: case.decided(record),
    "return_decision": lambda case, record: revoking.correct(record, by=case.by, reason="文号有误"),
    "revoke": lambda case, record: revoking.revoke(record, by=case.second),
    "drop": lambda case, record: revoking.drop(record, by=case.by, reason="不提了"),
}


def test_steps_go_from_their_sources_and_from_no_other_state(case):
    record = case.decided()
    Revocation.objects.update(confirmed_at=LATER, confirmed_by=case.second)  # so that the row may stand anywhere
    states = set(Revocation.State.values) - {"kept"}
    with clock.at(LATER):
        for name, act in STEPS.items():
            step = Revocation.workflow.steps[name]
            for state in states:
                put(record, state)
                if state in step.sources:
                    with trial():
                        act(case, record)
                        assert state_of(record) == step.target
                else:
                    with no_trace(record), pytest.raises(revoking.WrongState):
                        act(case, record)


# --- what follows from the decision -------------------------------------------------------------------


def test_a_decision_takes_effect_when_a_second_person_confirms_it(case):
    decided = case.decided()
    assert Honour.objects.in_force().count() == 1

    with clock.at(LATER):
        with refused("two_people", untouched=[decided, case.honour]):
            revoking.revoke(decided, by=case.by)
        revoking.revoke(decided, by=case.second)

    honour = Honour.objects.get()
    assert (honour.revoked_on, honour.revoked_because, honour.revoked_under) == (
        LATER.date(),
        "申报材料弄虚作假。",
        "佛府〔2026〕30号",
    )
    assert Message.objects.filter(kind="honour_revoked").count() == 1
    assert AuditEvent.objects.filter(verb="revoke_honour").count() == 1
    with refused("revoked"):
        case.proposed()


def test_it_may_end_without_a_revocation(case):
    decided = case.decided(outcome="keep", grounds="查无实据。", upload=None, number="", issued_on=None)

    with clock.at(LATER):
        with refused("two_people", untouched=[decided]):
            revoking.keep(decided, by=case.by)
        with pytest.raises(revoking.WrongState):
            revoking.revoke(decided, by=case.second)
        revoking.keep(decided, by=case.second)

    assert (state_of(decided), Honour.objects.in_force().count(), Bar.objects.count()) == ("kept", 1, 0)
    assert case.proposed().state == "proposed"


def test_an_honour_given_back_needs_no_hearing_and_bars_from_nothing(case):
    unheard = case.proposed()
    with refused("not_heard", untouched=[unheard]):
        case.decided(unheard)
    revoking.drop(unheard, by=case.by, reason="改为自愿交回")

    revoked = case.revoked(case.proposed(cause="returned"))

    assert (revoked.state, Bar.objects.count()) == ("revoked", 0)


@pytest.mark.parametrize("state", ["prepared", "approved"])
def test_money_that_is_not_sent_is_stopped(case, state):
    payment = case.payment(state)

    case.revoked()

    assert (state_of(payment), Clawback.objects.count()) == ("cancelled", 0)
    payment.budget.refresh_from_db()
    assert (payment.budget.reserved, ledger.is_balanced()) == (0, True)
    with clock.at(LATER), pytest.raises(paying.Refused):
        given.batched(payment)
    with refused("revoked"):
        paying.prepare(payment.entitlement, by=given.maker(), budget=payment.budget)


def test_money_that_was_paid_is_owed_back_and_booked_as_it_returns(case):
    payment, maker = case.payment("paid"), given.maker()

    case.revoked(repay_by=date(2026, 10, 31))

    owed = Clawback.objects.get()
    assert (owed.owed, owed.due_on, owed.outstanding) == (MILLION, date(2026, 10, 31), MILLION)
    with clock.at(LATER):
        half = {"amount": Decimal("400000"), "received_on": LATER.date(), "voucher": "非税0001"}
        recovering.book_recovery(owed, by=maker, **half)
        with refused("too_much", "twice", untouched=[owed]):
            recovering.book_recovery(owed, by=maker, **half | {"amount": Decimal("600000.01")})
        with refused("amount", "future", "voucher", untouched=[owed]):
            recovering.book_recovery(
                owed, by=maker, amount=Decimal(0), received_on=LATER.date() + timedelta(days=1), voucher=" "
            )
        check_duty(Permission.CLAWBACK_BOOK, lambda by: recovering.book_recovery(owed, by=by, **half), owed)
        recovering.book_recovery(owed, by=maker, **half | {"amount": Decimal("600000"), "voucher": "非税0002"})
    owed.refresh_from_db()
    books = {account: sum_ for account, sum_ in ledger.balances(payment.budget).items() if sum_}
    assert owed.outstanding == 0
    assert (books["recovered"], books.get("clawback", 0), books.get("paid", 0)) == (MILLION, 0, 0)
    assert ledger.is_balanced()


def test_money_on_its_way_is_owed_back_when_it_has_arrived(case):
    payment = case.payment("sent")

    case.revoked()
    assert (state_of(payment), Clawback.objects.count()) == ("sent", 0)
    with clock.at(LATER):
        paying.settle(payment, by=User.objects.robot(), day=LATER.date())

    owed = Clawback.objects.get()
    assert (owed.owed, owed.due_on, owed.document) == (MILLION, date(2026, 10, 10), "佛府〔2026〕30号")


# --- the bar ------------------------------------------------------------------------------------------


def later_edition(case, year, opens):
    edition = given.prepared_edition(by=case.by, year=year)
    approved = {"approval_number": f"佛评办〔{year}〕1号", "approved_on": opens.date()}
    window = {"opens_at": opens, "closes_at": opens + timedelta(days=60)}
    Edition.objects.filter(pk=edition.pk).update(state="open", **approved, **window)
    return Edition.objects.get(pk=edition.pk)


def test_who_is_barred_neither_begins_nor_hands_in_and_is_told_until_when(case):
    case.revoked()
    editions = [later_edition(case, 2027 + n, LATER + timedelta(days=200 * (n + 1))) for n in range(3)]

    for edition in editions[:2]:
        with clock.at(edition.opens_at + timedelta(days=1)):
            with refused("barred"):
                applying.start(edition, by=case.owner, organisation=case.firm)
            other = given.organisation()
            assert applying.start(edition, by=given.owner_of(other), organisation=other).pk
    with clock.at(editions[2].opens_at + timedelta(days=1)):
        applying.start(editions[2], by=case.owner, organisation=case.firm)


def test_a_draft_begun_before_the_bar_is_not_handed_in(case):
    edition = later_edition(case, 2027, LATER - timedelta(days=10))
    with clock.at(LATER - timedelta(days=9)):
        draft = applying.start(edition, by=case.owner, organisation=case.firm)
    case.revoked()

    with clock.at(LATER), refused("barred", untouched=[draft]):
        applying.submit(draft, by=case.owner)


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_impossible_cases(case):
    payment = case.payment("paid")
    revoked = case.revoked()
    cases, clawbacks = Revocation.objects.all(), Clawback.objects.all()

    refusals = {
        "revocation_two_people": lambda: cases.update(confirmed_by=case.by),
        "told_with_its_last_day": lambda: cases.update(answer_by=None),
        "heard_with_a_record": lambda: cases.update(hearing_record=""),
        "revoked_under_a_document": lambda: cases.update(number=""),
        "kept_with_grounds": lambda: cases.update(state="kept"),
        "revoked_once": lambda: copy_of(revoked),
        "one_open_revocation_per_honour": lambda: [copy_of(revoked, state="heard") for _ in range(2)],
        "no_decision_before_the_holder_is_heard": lambda: cases.update(
            heard_at=None, heard_by=None, heard_on=None, hearing_record=""
        ),
        "clawback_positive": lambda: clawbacks.update(owed=0),
        "not_more_than_owed": lambda: clawbacks.update(received=MILLION + 1),
        "statement_says_something": lambda: HolderStatement.objects.create(
            revocation=revoked, text="", stated_by=case.owner
        ),
        "bar_of_some_editions": lambda: copy_of(Bar.objects.get(), editions=0),
        "recovery_positive": lambda: _recovery(payment, 0, "a"),
        "one_recovery_per_voucher": lambda: [_recovery(payment, 1, "a") for _ in range(2)],
    }
    for name, impossible in refusals.items():
        with refused_by(name), transaction.atomic():
            impossible()


def _recovery(payment, amount, voucher):
    return Recovery.objects.create(
        clawback=payment.clawback, amount=amount, voucher=voucher, received_on=LATER.date(), booked_by=given.maker()
    )
