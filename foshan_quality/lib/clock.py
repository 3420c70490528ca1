"""The portal's one clock, in Asia/Shanghai. Nothing else in the project asks what time it is.

A rehearsal lives in simulated time: inside `at(moment)` the clock stands at that moment for this
thread, and Celery tasks started there carry the moment with them (see foshan_quality/celery.py).
Everybody else in the same process keeps real time.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_simulated: ContextVar[datetime | None] = ContextVar("simulated_moment", default=None)


def now() -> datetime:
    """The moment, with its zone."""
    return _simulated.get() or timezone.now()


def today() -> date:
    """The day in Foshan."""
    return timezone.localdate(now())


def simulated() -> datetime | None:
    """The moment a rehearsal has set, or None in real time."""
    return _simulated.get()


def as_headers() -> dict[str, str]:
    """The simulated moment as message headers, so that a job started in a rehearsal runs in it."""
    moment = _simulated.get()
    return {"simulated": moment.isoformat()} if moment else {}


@contextmanager
def at(moment: datetime | None):
    """Stand still at `moment` until the block ends. With None, real time goes on."""
    token = _simulated.set(moment)
    try:
        yield
    finally:
        _simulated.reset(token)
