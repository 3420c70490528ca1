"""Ranking and calibration in a process of their own, as a worker has them: `python -m awards.benchmarks.alone`.

The process that measures everything else holds hundreds of megabytes of its own by then, and its time is not alone
either. The large edition is measured three times, each time next to the small one.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django

TIMES = 3
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """What one piece of work took: seconds on the clock, and seconds a processor worked for it."""

    clock: float
    processor: float


def measured_alone(by, small, large) -> dict:
    """The figures of `measure`, taken in a fresh process."""
    command = [sys.executable, "-m", __name__, *(str(record.pk) for record in (by, small, large))]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure(by, small, large) -> dict:
    """Seconds and growth of ranking and calibration, each the median of three, and the most memory a ranking takes."""
    from awards.calibration.queries import calibrated

    ranking(by, small), calibrated(small)  # whatever is imported and remembered the first time
    before = resident()
    Path("/proc/self/clear_refs").write_text("5")  # begins the count of the most anew
    ranking(by, large)
    peak = resident("VmHWM")
    ranked = [(ranking(by, small), ranking(by, large)) for _ in range(TIMES)]
    looked = [(spent_on(lambda: calibrated(small)), spent_on(lambda: calibrated(large))) for _ in range(TIMES)]
    return {"before_mb": before, "peak_mb": peak, "ranking": figures(ranked), "calibration": figures(looked)}


def figures(pairs: list[tuple[Spent, Spent]]) -> dict:
    """The seconds of the large edition by the clock, and how many times the small one's work it is.

    Growth goes by the work of the processors, which does not depend on what else a machine is busy with.
    """
    return {
        "seconds": statistics.median(large.clock for _small, large in pairs),
        "growth": statistics.median(large.processor for _small, large in pairs)
        / statistics.median(small.processor for small, _large in pairs),
    }


def ranking(by, edition) -> Spent:
    """The whole act: every mark read, recomputed, ranked, and the ranking written down; then undone."""
    from django.db import transaction

    from awards.decisions.actions import make_ranking

    with transaction.atomic():
        spent = spent_on(lambda: make_ranking(edition, by=by))
        transaction.set_rollback(True)
    return spent


def spent_on(work: Callable[[], object]) -> Spent:
    """What it took, in this process and in its database session."""
    clock, processor = time.perf_counter(), processor_seconds()
    work()
    return Spent(time.perf_counter() - clock, processor_seconds() - processor)


def processor_seconds() -> float:
    """What this process and its session have worked so far; a database on another machine is not counted."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = Path("/proc") / str(cursor.fetchone()[0])
    if not session.exists() or b"postgres" not in (session / "cmdline").read_bytes():
        return time.process_time()
    user, system = (session / "stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / TICKS


def resident(field="VmRSS") -> float:
    """What this process holds in memory, in MB; `VmHWM` is the most it has held."""
    [line] = [row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith(field)]
    return int(line.split()[1]) / 1024


def main(by, small, large):
    """Print the figures of a ranking by this person, of these two editions."""
    django.setup()
    from awards.models import Edition
    from enterprises.models import User

    editions = [Edition.objects.get(pk=pk) for pk in (small, large)]
    sys.stdout.write(json.dumps(measure(User.objects.get(pk=by), *editions)))


if __name__ == "__main__":
    main(*sys.argv[1:])
