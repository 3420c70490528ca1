"""A real Celery worker for the rehearsal: the one that runs already, or one of its own."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from foshan_quality.celery import app
from foshan_quality.embedded import end_process, tethered

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds for a worker to answer


class NoWorker(Exception):
    """No worker answers; the rehearsal cannot go on."""


@contextmanager
def worker():
    """Make sure that a worker answers while the block runs."""
    if answers():
        yield
        return
    log = ROOT / "var" / "log" / "rehearsal-worker.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "celery", "-A", "foshan_quality", "worker", "-c", "2", "-l", "WARNING"]
    with log.open("ab") as out:
        child = subprocess.Popen(tethered(command), cwd=ROOT, stdout=out, stderr=out, env=os.environ)
    try:
        _wait_for_answer(child, log)
        yield
    finally:
        end_process(child)


def answers() -> bool:
    """Whether some worker of this portal answers now."""
    return bool(app.control.ping(timeout=1.0))


def _wait_for_answer(child, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if child.poll() is not None:
            raise NoWorker(f"后台任务进程没有启动，日志：{log.relative_to(ROOT)}")
        with suppress(OSError):
            if answers():
                return
    raise NoWorker(f"后台任务进程 {PATIENCE} 秒没有应答，日志：{log.relative_to(ROOT)}")
