from decimal import Decimal

from awards.rubric.queries import items_of
from foshan_quality.lib.memory import collector_at_rest

from . import account
from .inputs import phase_parts, sheets_now
from .models import Ranking


def newest_ranking(edition, kind=Ranking.Kind.REVIEW):
    """The ranking of this kind in use, or None before one has been made. One query."""
    return Ranking.objects.filter(edition=edition, kind=kind).select_related("edition__rubric").first()


@collector_at_rest()
def recomputed(ranking, shown=None):
    """Why the ranking must not be relied on: its own marks, the sheets' present ones, or its parts come to something
    else. None for a ranking from before rankings kept their marks. Two queries, more with parts.

    With `shown` the present sheets of these places only are read, for a page about them.
    """
    if ranking.rule_version == "1":
        return []
    rows = ranking.rows if shown is None else shown
    problems = account.differences(ranking.rows, ranking.scheme, ranking.digest)
    return problems + _drifted(ranking, rows)


def recomputed_alone(ranking, rows):
    """The same of these places and nothing else: what a place has to do with all the others is left out, and the
    ranking is not read. Two queries, more with parts."""
    if ranking.rule_version == "1":
        return []
    return account.own_differences(rows, ranking.scheme) + _drifted(ranking, rows)


def _drifted(ranking, rows):
    keys = [sheet["sheet"] for row in rows for sheet in row["sheets"]]
    problems = account.drifted(rows, sheets_now(keys, items_of(ranking.edition.rubric)))
    if any(row["is_given"] for row in rows):
        totals = {row["application"]: tuple(Decimal(s["total"]) for s in row["sheets"]) for row in rows}
        now = phase_parts(ranking.edition, totals, is_final=ranking.kind == Ranking.Kind.OVERALL)
        problems += account.parts_drifted(rows, now)
    return problems
