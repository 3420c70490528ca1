"""Payment orders by the thousand in a process of their own: `python -m awards.benchmarks.orders MAKER CHECKER`.

Prepared and approved in bulk, put into batches, handed over, answered by the treasury, imported and reconciled: every
act as the office and the worker call it. A thousand first, then ten thousand, for the growth.
"""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import django

SMALL, LARGE = 1_000, 10_000
IN_A_FILE = 1_000  # orders of one batch


def measured() -> dict:
    """The figures of `measure`, taken in a fresh process."""
    from enterprises.models import User
    from foshan_quality.permissions import Role

    people = []
    for role in (Role.FINANCE_MAKER, Role.FINANCE_CHECKER):
        person = User.objects.create_user(f"{role}@bench.invalid", name=role.label)
        person.role_grants.create(role=role)
        people.append(str(person.pk))
    command = [sys.executable, "-m", __name__, *people]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure(maker, checker) -> dict:
    """Seconds and memory of ten thousand, and how many times the work of one thousand that is."""
    from .alone import resident, spent_on

    small = spent_on(lambda: settled(owed(SMALL, maker), maker, checker))
    before = resident()
    orders = owed(LARGE, maker, start=SMALL)
    Path("/proc/self/clear_refs").write_text("5")  # begins the count of the most anew
    large = spent_on(lambda: settled(orders, maker, checker))
    return {
        "seconds": large.clock,
        "growth": large.processor / small.processor,
        "peak_mb": resident("VmHWM"),
        "before_mb": before,
    }


def owed(count, by, start=0):
    """A budget that holds them all, and so many ready entitlements; not measured."""
    from awards.subsidies import actions as paying
    from foshan_quality.lib import clock

    from .owed import owe

    entitlements = owe(count, by=by, start=start)
    total = sum(entitlement.amount for entitlement in entitlements)
    return paying.open_budget(
        by=by, fund=f"测速资金{start}", year=clock.today().year, total=total, document="测速"
    ), entitlements


def settled(orders, maker, checker):
    """The whole way of these orders, from entitlement to reconciled."""
    from awards.models import Disbursement
    from awards.subsidies.actions import digest_of
    from awards.subsidies.bulk import actions as bulk

    budget, entitlements = orders
    done = 0
    for some in few(entitlements, bulk.MOST):
        prepared = bulk.prepare_many(by=maker, budget=budget, entitlements=some).done
        seen = {payment.pk: digest_of(payment) for payment in prepared}
        approved = bulk.approve_many(by=checker, seen=seen).done
        done += len(approved)
    if done != len(entitlements):
        raise RuntimeError(f"{done} of {len(entitlements)} orders were approved")
    of_budget = Disbursement.objects.filter(budget=budget)
    for some in few(list(of_budget.order_by("pk")), IN_A_FILE):
        sent(some, maker)
    answered()
    if of_budget.exclude(state="paid").exists():
        raise RuntimeError("not every order was paid")
    reconciled(maker)


def few(rows, count):
    """The rows, so many at a time."""
    return (rows[start : start + count] for start in range(0, len(rows), count))


def sent(payments, maker):
    """One batch, made by the maker and handed over by the task."""
    from awards.subsidies import tasks
    from awards.subsidies.batches import actions as batch_actions

    tasks.send_batch(batch_actions.make_batch(by=maker, payments=payments).pk)


def answered():
    """The treasury pays every file it has and answers; the task reads and books."""
    from awards.subsidies import tasks
    from awards.subsidies.batches import layouts, treasury
    from foshan_quality.lib import clock

    for path in treasury.folder("out").glob("*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))[1:-1]
        text = io.StringIO()
        day = clock.today().isoformat()
        answers = ([number, reference, row[3], layouts.PAID, day, ""] for number, _n, reference, *row in rows)
        csv.writer(text).writerows([layouts.ANSWER, *answers])
        (treasury.folder("in") / path.name).write_text(text.getvalue(), "utf-8-sig")
        path.unlink()
    tasks.import_results()


def reconciled(by):
    """Orders, books, budgets, honours and the treasury's answers compared with each other."""
    from awards.subsidies.reconciling import actions as reconcile_actions

    compared = reconcile_actions.run(by=by)
    if compared.difference_count:
        raise RuntimeError(f"{compared.difference_count} differences, first {compared.differences[:2]}")


def main(maker, checker):
    """Print the figures of orders prepared and approved by these two."""
    django.setup()
    from enterprises.models import User

    sys.stdout.write(json.dumps(measure(User.objects.get(pk=maker), User.objects.get(pk=checker))))


if __name__ == "__main__":
    main(*sys.argv[1:])
