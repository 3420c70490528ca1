"""The minutes of a consensus as plain values, for its paper."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date

from .queries import signed_opinions, spread_limit, table_of


def minutes_of(consensus, reader):
    """What the paper says, with the names only the reader may read. The queries of `table_of` and one."""
    table, application = table_of(consensus, reader), consensus.application
    return {
        "title": "合议评审纪要" if consensus.closed_at else "合议评审纪要（讨论稿）",
        "edition": str(application.edition),
        "number": application.number,
        "organisation": application.organisation.name,
        "state": consensus.get_state_display(),
        "closed_on": paper_date(localtime(consensus.closed_at)) if consensus.closed_at else "",
        "printed_on": paper_date(clock.today()),
        "total": str(consensus.score or (f"未定，还有 {table.left} 项须讨论" if table.left else table.total)),
        "limit": spread_limit(application.edition),
        "seats": [name for name, _is_own in table.seats],
        "rows": [_row(line) for line in table.lines],
        "opinions": [_opinion(member, opinion) for member, opinion in signed_opinions(consensus, reader)],
    }


def _opinion(member, opinion):
    given_on = paper_date(localtime(opinion.given_at))
    return {"member": member, "agrees": opinion.agrees, "note": opinion.note, "given_on": given_on}


def _row(line):
    return {
        "item": str(line.item),
        "points": line.item.points,
        "marks": [percentage for _name, percentage in line.marks],
        "mean": "" if line.talked.mean is None else str(line.talked.mean),
        "spread": line.talked.spread,
        "percentage": "" if line.talked.percentage is None else line.talked.percentage,
        "score": str(line.score or ""),
        "is_wide": line.talked.is_wide,
        "discussion": line.talked.discussion,
    }
