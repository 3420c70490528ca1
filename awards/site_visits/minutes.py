"""The papers of a site visit as plain values: the minutes, which the applicant signs too, and apart the new marks."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date, paper_moment

from .queries import lines_of, team_of


def minutes_of(visit):
    """What the minutes say: plan, meetings, evidence, and who signs. No mark, since the applicant signs them; the
    experts by name only where the edition names visitors to the applicant. Ten queries, any size."""
    lines, is_named = lines_of(visit), visit.application.edition.settled.get("visitors_named", False)
    return _head(visit, "现场评审纪要") | {
        "place": visit.place,
        "agenda": visit.agenda,
        "meetings": [
            {"name": row.get_kind_display(), "when": paper_moment(row.held_at), "who": row.attendance, "text": row.text}
            for row in visit.minutes.all()
        ],
        "evidence": [_seen(line, row) for line in lines for row in line.evidence],
        "signers": [*(_named(seat) if is_named else f"评审{_post(seat)}" for seat in _present(visit)), "申报单位代表"],
    }


def marks_of(visit):
    """What the paper of the new marks says: before, after, why, the total, and the team to sign. Ten queries."""
    lines = lines_of(visit)
    total = str(visit.score) if visit.locked_at else f"{sum(line.score for line in lines)}（结果尚未锁定）"
    return _head(visit, "现场评审改评记录") | {
        "score": total,
        "rescored": [_rescored(line) for line in lines if line.rescored],
        "signers": [_named(seat) for seat in _present(visit)],
    }


def _head(visit, title):
    application = visit.application
    return {
        "title": title,
        "edition": str(application.edition),
        "number": application.number,
        "organisation": application.organisation.name,
        "printed_on": paper_date(clock.today()),
        "days": visit.days,
        "state": visit.get_state_display(),
        "locked_on": paper_date(localtime(visit.locked_at)) if visit.locked_at else "",
    }


def _present(visit):
    return [seat for seat in team_of(visit) if seat.left_at is None]


def _post(seat):
    return "组长" if seat.is_head else "组员"


def _named(seat):
    return f"{_post(seat)} {seat.expert}"


def _seen(line, row):
    return {"item": str(line.item), "seen": row.seen, "photo": row.photo.name if row.photo else ""}


def _rescored(line):
    marks = {"points": line.item.points, "before": line.before, "after": line.after}
    return {"item": str(line.item), **marks, "reason": line.rescored.reason}
