"""One run after another: people and sweeps go on until every entitlement is paid, whatever was struck meanwhile."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random

from django.db import connection
from kombu.exceptions import OperationalError

from awards.benchmarks.owed import owe
from awards.models import Disbursement, Entitlement
from awards.subsidies import actions as paying
from awards.subsidies.actions import digest_of
from awards.subsidies.batches import actions as batch_actions
from awards.subsidies.bulk import actions as bulk
from awards.subsidies.queries import payable
from enterprises.models import AuditEvent
from foshan_quality.celery import app
from foshan_quality.lib import clock

from . import judge
from .faults import Armed
from .points import APPROVE, BATCH, KINDS, POINTS, PREPARE, RESULT, SEND, WORKER, Point
from .processes import Gone, Nursery, Web
from .servers import restart_postgres
from .treasury import Treasury

OWED = 3  # entitlements a run
TURNS, PATIENCE, NUDGE = 60, 30, 0.4  # acts a run may take; seconds to wait for a worker, and between two sweeps
TASKS = {SEND: "awards.subsidies.tasks.sweep", RESULT: "awards.subsidies.tasks.import_results"}
numbers = count()


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
        is_of_lines = point.module.endswith(".actions") and point.name != "return booked"
        return cls(seed, point, kind, dice.randint(1, OWED) if is_of_lines else 1)


@dataclass
class Tally:
    """What came of all runs."""

    runs: int = 0
    payments: int = 0
    missed: int = 0
    damage: Counter = field(default_factory=Counter)
    more: dict = field(default_factory=dict)
    points: Counter = field(default_factory=Counter)
    kinds: Counter = field(default_factory=Counter)
    said: list = field(default_factory=list)

    def as_json(self):
        """The file that `make fault-storm` writes."""
        return {
            "runs": self.runs,
            **{verdict: self.damage[verdict] for verdict in judge.VERDICTS},
            "payments": self.payments,
            "missed": self.missed,
            "points": {point.name: self.points[point.name] for point in POINTS},
            "kinds": {kind: self.kinds[kind] for kind in KINDS},
            **self.more,
        }


class Storm:
    """The processes, the servers and the people; `strike` is one run."""

    def __init__(self, home, nursery: Nursery, people, treasury: Treasury):
        self.home, self.nursery, self.treasury = home, nursery, treasury
        self.maker, self.checker = people
        self.armed, self.web, self.worker = Armed(nursery.folder), Web(nursery), 0
        self.tally = Tally()

    def strike(self, seed):
        """One season of payments, struck as its seed says, and judged."""
        plan, dice = Plan.of(seed), Random(seed)
        entitlements = owe(OWED, by=self.maker, start=next_number(OWED))
        run = Run(self, plan, dice, budget_for(self.maker, entitlements), [e.pk for e in entitlements])
        try:
            run.go_on_to_the_end()
        except Stuck as problem:
            self.tally.said.append(f"seed {seed} ({plan.point.name}, {plan.kind}): {problem}")
        self.tally.runs += 1
        self.tally.missed += not run.was_struck
        if run.was_struck:
            self.tally.points[plan.point.name] += 1
            self.tally.kinds[plan.kind] += 1
        done, numbers = self.treasury.done[run.lines_before :], list(self.treasury.files.values())[run.files_before :]
        found, said = judge.damage(url(), done, numbers, budget=run.budget.pk, entitlements=run.entitlements)
        self.tally.damage.update(found)
        self.tally.payments += sum(is_paid for _reference, _amount, is_paid in done)
        self.tally.said += [f"seed {seed} ({plan.point.name}, {plan.kind}): {line}" for line in said]

    def look_back(self):
        """What came late, after its run was judged."""
        late = judge.paid_twice(url(), self.treasury.done) - self.tally.damage["double"]
        if late > 0 or self.treasury.unseen():
            self.tally.damage["double"] += max(late, 0) + len(self.treasury.unseen())
            self.tally.said.append("something was handed over again after its run")

    def kill_the_worker(self, times, disbursements):
        """So many payments, a batch each, are sent while the worker is killed again and again; how often each was."""
        entitlements = owe(disbursements, by=self.maker, start=next_number(disbursements))
        budget, before = budget_for(self.maker, entitlements), len(self.treasury.done)
        payments = bulk.prepare_many(by=self.maker, budget=budget, entitlements=entitlements).done
        bulk.approve_many(by=self.checker, seen={payment.pk: digest_of(payment) for payment in payments})
        for payment in payments:
            batch_actions.make_batch(by=self.maker, payments=[payment])
        sent, kills = Disbursement.objects.filter(budget=budget, state="sent"), 0
        end = time.monotonic() + 10 * PATIENCE
        while (done := sent.count()) < disbursements and time.monotonic() < end:
            self.meanwhile()
            if kills < times and done >= disbursements * kills // times:
                kills += kill(self.worker)
                app.send_task(TASKS[SEND])
            time.sleep(0.01)
        self.treasury.work(Random(0))
        handed_over = Counter(reference for reference, _amount, _is_paid in self.treasury.done[before:])
        booked = AuditEvent.objects.filter(
            verb="book_batch", target_id__in=[str(pk) for pk in sent.values_list("batch", flat=True)]
        )
        return {
            "kills": kills,
            "disbursements": disbursements,
            "sent": sent.count(),
            "handed_over_once": sum(times == 1 for times in handed_over.values()),
            "handed_over_again": sum(times - 1 for times in handed_over.values()),
            "booked": booked.count(),
        }

    def meanwhile(self):
        """What goes on beside every wait: a restart that a struck process asks for, a new worker for a killed one."""
        if self.armed.restart.exists():
            connection.close()
            restart_postgres(self.home)
            self.armed.restart.unlink()
        if not self.worker or not is_alive(self.worker):
            self.worker = self.nursery.start(WORKER)


def kill(pid):
    """End a worker with all its children; whether it was there to be killed."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # not yet the leader of a group of its own
        return False
    return True


def next_number(so_many):
    """The first of so many numbers nobody was given."""
    first = next(numbers)
    for _ in range(so_many - 1):
        next(numbers)
    return first


def url():
    """How the judge reaches the tables."""
    return os.environ["DATABASE_URL"]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def budget_for(maker, entitlements):
    """A budget that holds exactly what is owed, with its books open."""
    total, fund = sum(entitlement.amount for entitlement in entitlements), f"风暴资金{entitlements[0].pk}"
    return paying.open_budget(by=maker, fund=fund, year=clock.today().year, total=total, document="文件")


class Run:
    """The entitlements of one run, and what people do next as the tables stand."""

    def __init__(self, storm, plan, dice, budget, entitlements):
        self.storm, self.plan, self.dice, self.budget, self.entitlements = storm, plan, dice, budget, entitlements
        self.treasury = storm.treasury
        self.lines_before, self.files_before = len(self.treasury.done), len(self.treasury.files)
        self.was_struck, self.has_returned = False, False
        self.payments = Disbursement.objects.filter(budget=budget)

    def go_on_to_the_end(self):
        """Do what is to do next until nothing is."""
        try:
            for _turn in range(TURNS):
                if not self._next():
                    return
            raise Stuck(f"not over after {TURNS} acts: {self._states()}")
        finally:
            self.storm.armed.clear()

    def _next(self):
        states = self._states()
        if open_entitlements := self._unpaid():
            self._ask(PREPARE, entitlements=open_entitlements, budget=self.budget.pk, by=self.storm.maker.pk)
        elif states["prepared"]:
            seen = {p.pk: digest_of(p) for p in self.payments.filter(state="prepared").select_related("account")}
            self._ask(APPROVE, seen=seen, by=self.storm.checker.pk)
        elif states["approved"]:
            approved = list(self.payments.filter(state="approved").values_list("pk", flat=True))
            encoding = self.dice.choice(["utf-8", "gbk"])
            self._arm(SEND)  # the worker is woken by the batch's commit
            self._ask(BATCH, payments=approved, layout="csv", encoding=encoding, by=self.storm.maker.pk)
        elif states["sending"]:
            self._arm(SEND)
            self._wait_for(SEND, lambda: not self._states()["sending"])
        elif self.treasury.unseen():
            wants_return = not self.has_returned and (self._needs_return() or self.dice.random() < 0.2)
            self.has_returned |= wants_return
            self.treasury.work(self.dice, wants_return=wants_return)
        elif states["sent"]:
            self._arm(RESULT)
            self._wait_for(RESULT, lambda: not self._states()["sent"])
        else:
            return False
        return True

    def _needs_return(self):
        return self.plan.point.name == "return booked"

    def _states(self):
        return Counter(self.payments.values_list("state", flat=True))

    def _unpaid(self):
        rows = payable(Entitlement.objects.filter(pk__in=self.entitlements))
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def _arm(self, stage):
        """Arm the fault before its stage; one that was armed and not reached is armed again at its first point."""
        armed, plan = self.storm.armed, self.plan
        if plan.point.stage == stage and not self.was_struck and not armed.armed.exists():
            armed.arm(plan.point.name, plan.kind, plan.nth)

    def _ask(self, stage, **values):
        self._arm(stage)
        with suppress(Gone):
            self.storm.web.ask(stage, meanwhile=self.storm.meanwhile, **values)
        self._look(stage)

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
            time.sleep(0.01)
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
