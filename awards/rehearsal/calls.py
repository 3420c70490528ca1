"""A call that is open now, for trying out and for measuring; a rehearsal's own runs in simulated time."""

from datetime import timedelta

from awards.models import Programme, Rubric
from awards.programmes import actions as calling
from awards.programmes.queries import default_settings
from foshan_quality.lib import clock

from .season import PROGRAMME, RUBRIC


def open_call_now(*, by, days, agency):
    """An edition marked as a rehearsal that takes applications from now on. `agency` begins its approval number."""
    now = clock.now()
    edition = calling.prepare(
        by=by,
        programme=Programme.objects.get(code=PROGRAMME),
        year=clock.today().year,
        rubric=Rubric.objects.get(code=RUBRIC),
        opens_at=now,
        closes_at=now + timedelta(days=days),
        settings=default_settings(),
        is_rehearsal=True,
    )
    number = f"{agency}〔{edition.year}〕{edition.ordinal}号"
    calling.publish(edition, by=by, approval_number=number, approved_on=clock.today())
    return calling.open_call(edition, by=by)
