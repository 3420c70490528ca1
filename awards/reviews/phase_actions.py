from django.db import transaction

from awards.programmes.models import Edition
from awards.programmes.phase_rules import Kind
from awards.workflow import Refused, WrongState
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem

from .phase_models import ReviewPhase
from .phase_queries import former_phase, has_ended, unfinished_said
from .phases import LATE_SEAT, plan


@transaction.atomic
def lay_out(edition, *, by):
    """Make the edition's phases from its rules as its review begins; the independent one opens. Made once only."""
    if ReviewPhase.objects.filter(edition=edition).exists():
        return
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if locked.phases.exists():
        return
    rows = [ReviewPhase(edition=locked, position=n, **vars(row)) for n, row in enumerate(plan(locked.settled), 1)]
    first = rows[0]
    first.state, first.opened_at, first.opened_by = ReviewPhase.State.OPEN, clock.now(), by
    ReviewPhase.objects.bulk_create(rows)
    audit.record(by=by, verb="lay_out_phases", target=locked, details={row.kind: row.weight for row in rows})


def open_phase(phase, *, by):
    """Begin a phase. Refused while the one before it has not begun, and for the shortlisted before there are any."""
    with ReviewPhase.workflow.move(phase, "open_phase", by=by) as locked:
        before = former_phase(locked)
        if before is not None and before.state == ReviewPhase.State.WAITING:
            raise Refused([f"{before.get_kind_display()}还没有开始，不能开始{locked.get_kind_display()}。"])
        if not locked.edition.applications.filter(state=locked.state_of_cases).exists():
            raise Refused([f"还没有参加{locked.get_kind_display()}的申报，不能开始。没有改动任何内容。"])
        locked.opened_at, locked.opened_by = clock.now(), by
    return locked


def close_phase(phase, *, by):
    """End a phase: nothing in it changes any more. Refused while a case in it is unfinished, naming the cases."""
    with ReviewPhase.workflow.move(phase, "close_phase", by=by) as locked:
        if left := unfinished_said(locked):
            raise Refused([f"{left}没有改动任何内容。"])
        locked.closed_at, locked.closed_by = clock.now(), by
    return locked


def reopen_phase(phase, *, by, reason):
    """Go on with an ended phase, with a reason: a conflict found late may undo what a panel agreed on."""
    with ReviewPhase.workflow.move(phase, "reopen_phase", by=by, note=reason) as locked:
        if not reason.strip():
            raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
        locked.closed_at = locked.closed_by = None
    return locked


def refuse_unless_open(edition, kind):
    """WrongState unless the edition's phase of this kind is open. The row is held against its closing meanwhile."""
    phase = _held(edition, kind)
    if phase is None or not phase.is_open:
        raise WrongState(f"本届{phase_name(kind)}不在进行中，不能办理。没有改动任何内容。")
    return phase


def phase_name(kind):
    """What a phase is called."""
    return dict(ReviewPhase._meta.get_field("kind").flatchoices)[kind]


def refuse_if_ended(edition, kind):
    """Refused once the edition's phase of this kind is ended; its row is held against being ended meanwhile.

    Editions whose review began before phases were rows have none: never ended.
    """
    if has_ended(_held(edition, kind)):
        raise Refused([f"本届{phase_name(kind)}已经结束，不能再修改。没有改动任何内容。"])


def refuse_late_seat(edition):
    """Refused once independent scoring is ended, which a new expert could take part in no more.

    The row is held meanwhile, after the seats, as where a sheet is given back.
    """
    if has_ended(_held(edition, Kind.INDEPENDENT)):
        raise Refused([Problem("late", f"{LATE_SEAT}没有改动任何内容。", "experts")])


def refuse_giving_back(edition, sheets):
    """Refused where these sheets would go back to their experts after independent scoring is ended. Holds its row."""
    if has_ended(_held(edition, Kind.INDEPENDENT)):
        told = "、".join(sheets)
        why = f"下列评分表在那一时刻没有填完，恢复后要由专家补填，但独立评审已经结束：{told}。没有改动任何内容。"
        raise Refused([Problem("ended", f"{why}请改选更晚的时刻，或逐张恢复其他评分表。", "moment")])


def _held(edition, kind):
    return ReviewPhase.objects.select_for_update(of=("self",)).filter(edition=edition, kind=kind).first()
