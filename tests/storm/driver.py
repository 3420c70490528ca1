"""One run after another, each judged at its end, and what came of all of them."""

import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from random import Random

from django.db import connection

from awards.benchmarks.owed import owe
from awards.models import Disbursement
from awards.subsidies import actions as paying
from awards.subsidies.actions import digest_of
from awards.subsidies.batches import actions as batch_actions
from awards.subsidies.bulk import actions as bulk
from awards.subsidies.reconciling import comparison
from enterprises.models import AuditEvent
from foshan_quality.celery import app
from foshan_quality.lib import clock

from . import judge
from .faults import Armed
from .points import KINDS, POINTS, SEND, WORKER
from .processes import Nursery
from .runs import PATIENCE, TASKS, Plan, Run, Stuck
from .servers import begin_anew, restart_postgres
from .treasury import Treasury
from .web import Lost, Person, Portal

numbers = count()


@dataclass
class Tally:
    """What came of all runs."""

    runs: int = 0
    payments: int = 0
    missed: int = 0
    differences: int = 0
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
            "differences": self.differences,
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
        self.armed, self.worker = Armed(nursery.folder), 0
        portal = Portal(nursery, self.meanwhile)
        self.maker, self.checker = (Person(portal, user) for user in people)
        self.tally, self.doubles = Tally(), 0

    def begin_anew(self):
        """Empty tables for the next runs, so that the thousandth is judged as fast as the first."""
        self.look_back()
        connection.close()
        begin_anew(self.home)
        self.treasury.begin_anew()
        self.maker.cookies.clear()
        self.checker.cookies.clear()
        self.doubles = self.tally.damage["double"]

    def strike(self, seed):
        """One season of payments, struck as its seed says, and judged."""
        plan = Plan.of(seed)
        run, where = Run(self, plan, Random(seed)), f"seed {seed} ({plan.point.name}, {plan.kind})"
        try:
            run.go_on_to_the_end()
        except (Stuck, Lost) as problem:
            self.tally.said.append(f"{where}: {problem}")
        self.tally.runs += 1
        self.tally.missed += not run.was_struck
        if run.was_struck:
            self.tally.points[plan.point.name] += 1
            self.tally.kinds[plan.kind] += 1
        facts = run.facts()
        found, said = judge.damage(url(), **facts)
        differences = comparison.differences()
        self.tally.damage.update(found)
        self.tally.differences += len(differences)
        self.tally.payments += sum(is_paid for _reference, _amount, is_paid in facts["done"])
        self.tally.said += [f"{where}: {line}" for line in [*said, *map(str, differences)]]

    def look_back(self):
        """What came late, after its run was judged."""
        late = judge.paid_twice(url(), self.treasury.done) - (self.tally.damage["double"] - self.doubles)
        if late > 0 or self.treasury.unseen():
            self.tally.damage["double"] += max(late, 0) + len(self.treasury.unseen())
            self.tally.said.append("something was handed over again after its run")

    def kill_the_worker(self, times, disbursements):
        """So many payments, a batch each, are sent while the worker is killed again and again; how often each was."""
        maker, checker = self.maker.user, self.checker.user
        entitlements = owe(disbursements, by=maker, start=self.next_number(disbursements))
        budget, before = self.budget_for(entitlements), len(self.treasury.done)
        payments = bulk.prepare_many(by=maker, budget=budget, entitlements=entitlements).done
        bulk.approve_many(by=checker, seen={payment.pk: digest_of(payment) for payment in payments})
        for payment in payments:
            batch_actions.make_batch(by=maker, payments=[payment])
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

    def next_number(self, so_many):
        """The first of so many numbers nobody was given."""
        first = next(numbers)
        for _ in range(so_many - 1):
            next(numbers)
        return first

    def budget_for(self, entitlements):
        """A budget that holds exactly what is owed, with its books open."""
        total, fund = sum(entitlement.amount for entitlement in entitlements), f"风暴资金{entitlements[0].pk}"
        facts = {"fund": fund, "year": clock.today().year, "total": total, "document": "文件"}
        return paying.open_budget(by=self.maker.user, **facts)


def kill(pid):
    """End a worker with all its children; whether it was there to be killed."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # not yet the leader of a group of its own
        return False
    return True


def url():
    """How the judge reaches the tables."""
    return os.environ["DATABASE_URL"]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
