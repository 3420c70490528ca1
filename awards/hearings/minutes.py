"""The minutes of one case's hearing as plain values, for its paper."""

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date

from .queries import mark_of, score_of, seats_of


def minutes_of(case):
    """What the paper says, for the secretariat: turn and draw, every mark and its words, who signs. Three queries.

    It carries marks, so the applicant does not sign it.
    """
    application, hearing = case.application, case.hearing
    seats, draw = seats_of(case), hearing.draws.last()
    score = score_of(case)
    return {
        "title": "陈述答辩纪要",
        "edition": str(hearing.edition),
        "number": application.number,
        "organisation": application.organisation.name,
        "printed_on": paper_date(clock.today()),
        "time": case.time,
        "place": hearing.place,
        "turn": case.turn,
        "cases": len(draw.order),
        "draw": draw.number,
        "seed": draw.seed,
        "total": hearing.edition.rubric.total,
        "score": "评分未齐" if score is None else str(score),
        "marks": [_mark(seat) for seat in seats],
        "signers": [f"{'组长' if seat.is_head else '组员'} {seat.expert}" for seat in seats] + ["秘书处记录人"],
    }


def _mark(seat):
    mark = mark_of(seat)
    words = mark.words if mark else ""
    return {"expert": str(seat.expert), "percentage": mark.percentage if mark else "未提交", "words": words}
