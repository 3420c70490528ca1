"""One run: what people and tasks do next as the tables stand, until every sum is where it belongs."""

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from kombu.exceptions import OperationalError

from awards.benchmarks.owed import owe
from awards.models import (
    Clawback,
    ClawbackEntry,
    Disbursement,
    Entitlement,
    Honour,
    LedgerTransaction,
    Recovery,
    ResultFile,
    Reversal,
)
from awards.subsidies.clawbacks.actions import withdraw_money
from awards.subsidies.plans import actions as planning
from awards.subsidies.plans.instalments import Part
from awards.subsidies.policies.actions import change_budget
from awards.subsidies.queries import came_back, due_in_whole, payable
from foshan_quality.celery import app
from foshan_quality.lib import clock

from .points import (
    AGAIN,
    APPROVE,
    BATCH,
    BETWEEN_BUNDLES,
    ENTER,
    HAND_IN,
    INSTALMENT,
    KINDS,
    POINTS,
    PREPARE,
    RECOVER,
    RESULT,
    REVERSE,
    SCREEN,
    SEND,
    Point,
)
from .web import GLANCE, Gone

OWED, BUNDLE_AND_ONE = 3, 101  # entitlements a run; where more than one bundle of a hundred is to be approved
TURNS, PATIENCE, NUDGE = 60, 30, 0.4  # acts a run may take; seconds to wait for a worker, and between two sweeps
TASKS = {SEND: "awards.subsidies.tasks.sweep", RESULT: "awards.subsidies.tasks.import_results"}
CHECKED = {APPROVE, RECOVER, REVERSE}  # stages in which a second person releases money
CAME_BACK, BY_MISTAKE = Decimal("300000.00"), Decimal("1000000.00")  # of a clawback; added to a budget and reversed


class Stuck(Exception):
    """A run does not come to its end."""


@dataclass(frozen=True)
class Plan:
    """What a run is struck with; it follows from the run's seed alone."""

    seed: int
    point: Point
    kind: str
    nth: int

    @classmethod
    def of(cls, seed):
        place, dice = seed % len(POINTS), Random(seed)
        kind = KINDS[(seed // len(POINTS) + place) % len(KINDS)]
        point = POINTS[place]
        return cls(seed, point, kind, dice.randint(1, OWED) if point.each else point.nth)

    def is_about(self, *stages):
        """Whether the run is struck in one of these stages, and so has to come by them."""
        return self.point.stage in stages


def office(page, *keys):
    """The address of a page of the office about what is paid."""
    return reverse(f"admin:awards_{page}", args=keys)


class Run:
    """The entitlements of one run and their budget; `go_on_to_the_end` does the rest."""

    def __init__(self, storm, plan, dice):
        self.storm, self.plan, self.dice, self.treasury = storm, plan, dice, storm.treasury
        self.maker, self.checker = storm.maker, storm.checker
        entitlements = owe(self._owed(), by=self.maker.user, start=storm.next_number(self._owed()))
        self.entitlements = [entitlement.pk for entitlement in entitlements]
        self.total = sum(entitlement.amount for entitlement in entitlements)
        self.budget = storm.budget_for(entitlements)
        self.payments = Disbursement.objects.filter(budget=self.budget)
        self.lines_before, self.files_before = len(self.treasury.done), len(self.treasury.files)
        self.was_struck = self.has_returned = False
        self.vouchers, self.mistakes, self.states = {}, [], Counter()
        if plan.is_about(INSTALMENT):
            self._plan_instalments(entitlements[0])
        if plan.is_about(REVERSE):
            self._add_by_mistake()

    def facts(self):
        """What the judge holds the tables against: what the treasury and the cashier know, and what was set out."""
        return {
            "done": self.treasury.done[self.lines_before :],
            "numbers": list(self.treasury.files.values())[self.files_before :],
            "budget": self.budget.pk,
            "total": self.total,
            "entitlements": self.entitlements,
            "vouchers": self.vouchers,
            "mistakes": self.mistakes,
        }

    def go_on_to_the_end(self):
        """Do what is to do next until nothing is."""
        steps = [self._reverse, self._prepare, self._approve, self._batch, self._send, self._pay, self._answer]
        try:
            for _turn in range(TURNS):
                self.states = self._states()
                if not any(step() for step in [*steps, self._recover]):
                    return
            raise Stuck(
                f"not over after {TURNS} acts: {self._states()}, {self.maker.last_said} {self.checker.last_said}"
            )
        finally:
            self.storm.armed.clear()

    # --- what is there to begin with ----------------------------------------------------------------
    def _owed(self):
        return BUNDLE_AND_ONE if self.plan.point.name == BETWEEN_BUNDLES else OWED

    def _plan_instalments(self, entitlement):
        """Two halves, both due."""
        half, by = entitlement.amount / 2, self.maker.user
        parts = [Part(clock.today() - timedelta(days=days), half) for days in (1, 0)]
        plan = planning.enter_plan(entitlement, by=by, parts=parts, document="某文", reason="某理由")
        planning.confirm_plan(entitlement, by=self.checker.user, plan=plan.pk)

    def _add_by_mistake(self):
        change_budget(self.budget, by=self.maker.user, amount=BY_MISTAKE, document="误录")
        booking = LedgerTransaction.objects.get(source__startswith=f"budget:{self.budget.pk}:change:")
        self.mistakes.append(booking.pk)

    # --- the steps: each says whether it had something to do -----------------------------------------
    def _reverse(self):
        if not self.mistakes or LedgerTransaction.objects.filter(reverses__in=self.mistakes).exists():
            return False
        proposed = Reversal.objects.filter(booking__in=self.mistakes, state="proposed").first()
        if proposed is None:
            self._do("", self.maker, office("ledgertransaction_act", self.mistakes[0], "reverse"), reason="误录")
        else:
            self._do(REVERSE, self.checker, office("reversal_act", proposed.pk, "confirm_reversal"))
        return True

    def _prepare(self):
        """The maker's list; what came back is prepared again by itself, as an instalment is."""
        being_paid = self.payments.exclude(state__in=["returned", "cancelled"]).aggregate(sum=Sum("amount"))["sum"]
        if being_paid == self.total:
            return False
        rows = payable(Entitlement.objects.filter(pk__in=self.entitlements)).order_by("pk")
        if returned := came_back(self.payments).first():
            page, because = office("disbursement_act", returned.pk, "again"), "已与开户银行核对。"
            self._do(AGAIN, self.maker, page, budget=self.budget.pk, because=because)
        elif whole := list(due_in_whole(rows).values_list("pk", flat=True)):
            page, which = office("disbursement_begin", "prepare_many"), "chosen"
            self._do(PREPARE, self.maker, page, budget=self.budget.pk, which=which, entitlements=whole)
        elif part := rows.first():
            page = office("disbursement_begin", "prepare")
            self._do(INSTALMENT, self.maker, page, entitlement=part.pk, budget=self.budget.pk, because="")
        else:
            return False
        return True

    def _approve(self):
        if not self.states["prepared"]:
            return False
        self._do(APPROVE, self.checker, office("disbursement_begin", "approve_many"))
        return True

    def _batch(self):
        if not self.states["approved"]:
            return False
        encoding = self.dice.choice(["utf-8", "gbk"])
        page = office("paymentbatch_begin", "make")
        self._do(BATCH, self.maker, page, layout="csv", encoding=encoding, also=SEND)  # its commit wakes the worker
        return True

    def _send(self):
        if not self.states["sending"]:
            return False
        self._arm(SEND)
        self._wait_for(SEND, lambda: not self._states()["sending"])
        return True

    def _pay(self):
        """The treasury takes in what lies there."""
        if not self.treasury.unseen():
            return False
        wants_return = not self.has_returned and (self._needs_return() or self.dice.random() < 0.1)
        self.has_returned |= wants_return
        self.treasury.work(self.dice, wants_return=wants_return, by_hand=self.plan.is_about(HAND_IN, SCREEN))
        return True

    def _needs_return(self):
        return self.plan.point.name == "return booked" or self.plan.is_about(AGAIN)

    def _answer(self):
        """The answers come in: by the folder, or by hand."""
        if self.treasury.papers:
            self._answer_on_screen(*self.treasury.papers[0])
        elif self.states["sent"] or self.treasury.unread():
            self._arm(RESULT)
            self._wait_for(RESULT, lambda: not self._states()["sent"] and not self.treasury.unread())
        else:
            return False
        return True

    def _answer_on_screen(self, name, content):
        result = ResultFile.objects.filter(digest=sha256(content).hexdigest()).first()
        if result is None:
            self._do(HAND_IN, self.maker, office("resultfile_begin", "hand_in"), file=(name, content))
        elif result.state == ResultFile.State.READ:
            self._do(SCREEN, self.checker, office("resultfile_act", result.pk, "book_result"))
        else:
            self.treasury.papers.pop(0)

    def _recover(self):
        """An honour is revoked after it was paid; a part of the money comes back under a voucher."""
        if not self.plan.is_about(ENTER, RECOVER):
            return False
        clawback = Clawback.objects.filter(disbursement__budget=self.budget).first()
        if clawback is None:
            entitlement = Entitlement.objects.get(pk=self.dice.choice(self.entitlements))
            [clawback] = revoke(entitlement.honour_id, by=self.maker.user).clawbacks
        voucher = f"凭证{clawback.pk}"
        self.vouchers[voucher] = CAME_BACK
        entered = ClawbackEntry.objects.filter(clawback=clawback, state="entered").first()
        if Recovery.objects.filter(voucher=voucher).exists():
            return False
        if entered is None:
            page, day = office("clawback_act", clawback.pk, "recover"), clock.today().isoformat()
            self._do(ENTER, self.maker, page, amount=CAME_BACK, received_on=day, voucher=voucher)
        else:
            self._do(RECOVER, self.checker, office("clawbackentry_act", entered.pk, "confirm_clawback_entry"))
        return True

    # --- how a step is done --------------------------------------------------------------------------
    def _states(self):
        return Counter(self.payments.values_list("state", flat=True))

    def _do(self, stage, person, page, *, also="", **filled):
        """The person opens the act's page, and presses its button while the fault of its stage is armed.

        Where an approval is struck, its page has asked for the password again before.
        """
        if stage in CHECKED and self.plan.is_about(stage):
            person.is_away()
        form = person.open(page)
        self._arm(stage)
        self._arm(also)
        with suppress(Gone):
            person.press(form, **filled)
        self._look(stage)

    def _arm(self, stage):
        """Arm the fault before its stage; one that was armed and not reached is armed again at its first point."""
        armed, plan = self.storm.armed, self.plan
        is_set = self.was_struck or armed.was_struck() or armed.armed.exists()
        if plan.point.stage == stage and not is_set:
            armed.arm(plan.point.name, plan.kind, plan.nth)

    def _wait_for(self, stage, is_over):
        end, nudge = time.monotonic() + PATIENCE, time.monotonic() + (NUDGE if stage == SEND else 0)
        while not is_over():
            self.storm.meanwhile()
            if time.monotonic() > end:
                raise Stuck(f"no worker did {stage} in {PATIENCE} s: {self._states()}")
            if time.monotonic() > nudge:
                nudge = time.monotonic() + NUDGE
                with suppress(OperationalError):
                    app.send_task(TASKS[stage])
            time.sleep(GLANCE)
        self._look(stage)

    def _look(self, stage):
        """Whether it was struck; a fault that was not reached in its stage is taken back."""
        self.storm.meanwhile()
        armed = self.storm.armed
        if armed.was_struck():
            self.was_struck = True
            armed.clear()
        elif self.plan.point.stage == stage:
            armed.clear()


@transaction.atomic
def revoke(honour, *, by):
    """Take an honour back past every rule of a revocation but what it does to the money."""
    honour = Honour.objects.select_for_update(of=("self",)).get(pk=honour)
    honour.revoked_on, honour.revoked_because, honour.revoked_under = clock.today(), "测试", "测试文号"
    honour.save(update_fields=["revoked_on", "revoked_because", "revoked_under"])
    return withdraw_money(honour, by=by, document=honour.revoked_under)
