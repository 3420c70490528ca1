"""The minutes of a site visit as plain values, for its paper."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date, paper_moment

from .queries import lines_of, team_of


def minutes_of(visit):
    """What the paper says: plan, meetings, evidence, new marks, and who signs. Ten queries, any size."""
    application = visit.application
    lines = lines_of(visit)
    team = [seat for seat in team_of(visit) if seat.left_at is None]
    return {
        "title": "现场评审纪要",
        "edition": str(application.edition),
        "number": application.number,
        "organisation": application.organisation.name,
        "printed_on": paper_date(clock.today()),
        "days": visit.days,
        "place": visit.place,
        "agenda": visit.agenda,
        "state": visit.get_state_display(),
        "locked_on": paper_date(localtime(visit.locked_at)) if visit.locked_at else "",
        "score": str(visit.score or sum(line.score for line in lines)),
        "meetings": [
            {"name": row.get_kind_display(), "when": paper_moment(row.held_at), "who": row.attendance, "text": row.text}
            for row in visit.minutes.all()
        ],
        "evidence": [_seen(line, row) for line in lines for row in line.evidence],
        "rescored": [_rescored(line) for line in lines if line.rescored],
        "signers": [f"{'组长' if seat.is_head else '组员'} {seat.expert}" for seat in team] + ["申报单位代表"],
    }


def _seen(line, row):
    return {"item": str(line.item), "seen": row.seen, "photo": row.photo.name if row.photo else ""}


def _rescored(line):
    marks = {"points": line.item.points, "before": line.before, "after": line.after}
    return {"item": str(line.item), **marks, "reason": line.rescored.reason}
