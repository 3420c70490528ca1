"""Acts about the minutes of a committee meeting on paper: asked for, drawn by a worker, read."""

from django.core.files.base import ContentFile
from django.db import transaction

from awards.workflow import permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock, printing
from foshan_quality.lib.jobs import wake
from foshan_quality.permissions import Permission

from .meeting_models import Meeting, MeetingPaper
from .minutes import minutes_of

DRAW = "awards.decisions.tasks.draw_minutes"


@transaction.atomic
def request_minutes(meeting, *, by):
    """Have the minutes drawn: a specimen until the meeting is over, then the final paper.

    A specimen asked for again is drawn anew; a final paper only where it could not be drawn.
    """
    permit(by, Permission.MEETING_RUN, meeting)
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    paper = locked.papers.select_for_update(of=("self",)).filter(is_final=locked.is_over).first()
    if paper is None:
        return _queue(locked, locked.is_over, by)
    is_stale = paper.state == MeetingPaper.State.DRAWN and not paper.is_final
    if is_stale or paper.state == MeetingPaper.State.PARKED:
        with MeetingPaper.workflow.move(paper, "draw_minutes_again", by=by) as again:
            again.attempts, again.problem = 0, ""
            wake(DRAW, again.pk)
    return paper


def queue_final(meeting, *, by):
    """Queue the final minutes, inside the act that ends the meeting."""
    return _queue(meeting, True, by)


def _queue(meeting, is_final, by):
    paper = MeetingPaper.objects.create(meeting=meeting, is_final=is_final, requested_by=by)
    audit.record(by=by, verb="request_minutes", target=meeting, details={"final": is_final})
    wake(DRAW, paper.pk)
    return paper


def draw(paper, *, by):
    """Draw queued minutes. Ones drawn meanwhile raise WrongState."""
    pdf = printing.page("awards/decisions/print_minutes.html", **minutes_of(paper.meeting, paper.is_final))
    with MeetingPaper.workflow.move(paper, "draw_minutes", by=by) as locked:
        locked.pdf.save("minutes.pdf", ContentFile(pdf), save=False)
        locked.drawn_at, locked.problem = clock.now(), ""
    return locked


def park(paper, *, by, problem):
    """Put minutes that cannot be drawn aside, with the reason."""
    with MeetingPaper.workflow.move(paper, "park_minutes", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


@transaction.atomic
def log_download(paper, *, by):
    """Who took the minutes in hand."""
    audit.record(by=by, verb="download_minutes", target=paper.meeting, details={"final": paper.is_final})
