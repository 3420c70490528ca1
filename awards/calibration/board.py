"""The review board: every admitted case of an edition with its panel, sheets in and due, mean, spread and flags."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.core.paginator import Paginator
from django.db.models import Count, FilteredRelation, Q
from django.utils.timezone import localdate

from awards.reviews.models import Assignment, ScoreSheet
from awards.rubric.scoring import panel_score

ROWS = 50
FLAGS = {
    "none": "未组评审组",
    "unfinished": "评分未齐",
    "late": "评分逾期",
    "wide": "离散过大",
}
SORTS = {
    "number": lambda case: 0,
    "mean": lambda case: case.mean or 0,
    "spread": lambda case: case.spread or 0,
    "received": lambda case: case.received - case.expected,
}


@dataclass(frozen=True)
class Figures:
    """One case's panel in numbers; `mean` and `spread` are of the sheets that are in, None before the first."""

    expected: int
    received: int
    mean: Decimal | None
    spread: Decimal | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What the edition's rules call too far apart and too late; 0 is no limit."""

    trim_from: int
    spread: Decimal
    days: int
    today: object

    @classmethod
    def of(cls, edition, now):
        rules = edition.settled
        return cls(
            rules.get("trim_from", 0), rules.get("spread_limit", 0), rules.get("scoring_days", 0), localdate(now)
        )


def judged(seats, limits: Limits) -> Figures:
    """A case from its seats, each (total or None, when assigned). The flags in the order of FLAGS."""
    totals = [total for total, _assigned in seats if total is not None]
    score = panel_score(totals, limits.trim_from) if totals else None
    due = limits.days and [
        localdate(assigned) + timedelta(days=limits.days) for total, assigned in seats if total is None
    ]
    flags = {
        "none": not seats,
        "unfinished": len(totals) < len(seats),
        "late": bool(due) and min(due) < limits.today,
        "wide": bool(score and limits.spread and score.spread > limits.spread),
    }
    raised = tuple(flag for flag in FLAGS if flags[flag])
    return Figures(len(seats), len(totals), score and score.mean, score and score.spread, raised)


def figures_of(keys, limits):
    """{application: its Figures}. One query."""
    sheet = FilteredRelation("sheets", condition=Q(sheets__phase=ScoreSheet.Phase.INDEPENDENT))
    seats = defaultdict(list)
    rows = Assignment.objects.sitting().filter(application__in=keys).order_by().annotate(independent=sheet)
    for application, total, assigned in rows.values_list("application", "independent__total", "assigned_at"):
        seats[application].append((total, assigned))
    return {key: judged(seats[key], limits) for key in keys}


def cases_of(edition, *, text="", district=""):
    """The admitted applications of an edition that match, in order of number."""
    cases = edition.applications.admitted().order_by("number", "pk")
    if text:
        cases = cases.filter(Q(number__icontains=text) | Q(organisation__name__icontains=text))
    return cases.filter(organisation__district_code=district) if district else cases


def page_of(edition, now, *, text="", district="", flag="", sort="number", page=1):
    """One page of the board as (Page, [(application, Figures), …]). Three queries, any size.

    In order of number only the page's own cases are worked out; a flag, or an order by figures, needs all of them.
    """
    limits, cases = Limits.of(edition, now), cases_of(edition, text=text, district=district)
    keys, figures = cases.values_list("pk", flat=True), None
    name, is_falling = sort.removeprefix("-"), sort.startswith("-")
    if flag or name != "number":
        keys = list(keys)
        figures = figures_of(keys, limits)
        keys = [key for key in keys if not flag or flag in figures[key].flags]
        keys.sort(key=lambda key: SORTS[name](figures[key]), reverse=is_falling)
    elif is_falling:
        keys = keys.reverse()
    shown = Paginator(keys, ROWS).get_page(page)
    chosen = list(shown)
    figures = figures or figures_of(chosen, limits)
    rows = edition.applications.filter(pk__in=chosen).select_related("organisation", "granted").in_bulk()
    return shown, [(rows[key], figures[key]) for key in chosen]


def sheets_in(edition):
    """(sheets submitted, sheets due) of the whole edition. One query."""
    seats = Assignment.objects.sitting().filter(application__in=edition.applications.admitted())
    done = Q(state=Assignment.State.SUBMITTED)
    counts = seats.aggregate(received=Count("pk", filter=done), expected=Count("pk"))
    return counts["received"], counts["expected"]
