import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property

from awards.applications.models import Application
from awards.programmes.models import SEASON_OVER
from awards.reviews.checking import Case, Rules, breaches, overloads
from awards.reviews.models import Assignment
from awards.reviews.seating import candidates_of, cases_of, people_of_season, rules_of
from foshan_quality.lib.problems import Problem

from . import lists

CASES_A_PAGE = 50
EXPERTS_A_PAGE = 20
CASES_SHOWN = 100  # of a proposal on its page; all of them are in its file


@dataclass(frozen=True)
class Ground:
    """Everything a proposal rests on: the cases in review, the experts of the season by account, the rules."""

    cases: list[Case]
    experts: dict
    rules: Rules
    entries: dict  # the experts' entries of the pool by account, for pages

    @cached_property
    def digest(self):
        """SHA-256 over cases, seats, conflicts, experts, loads and rules; another one means another ground."""
        cases = [asdict(case) | {"seated": sorted(case.seated)} for case in self.cases]
        said = {"cases": cases, "experts": [asdict(e) for e in self.experts.values()], "rules": asdict(self.rules)}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @cached_property
    def by_key(self):
        """The cases by application."""
        return {case.key: case for case in self.cases}


def ground_of(edition, applications=None):
    """What panels of an edition rest on; of all cases in review unless told which. Nine queries, any number."""
    people = people_of_season(edition)
    if applications is None:
        applications = list(in_review(edition))
    experts = candidates_of(people, edition)
    return Ground(cases_of(applications, people, edition), experts, rules_of(edition), {e.user_id: e for e in people})


def in_review(edition):
    """The edition's cases in review by number, with their applicants. No query yet."""
    return edition.applications.in_review().select_related("organisation").order_by("number")


def cases_to_seat():
    """The cases in review of every edition whose review is not over. No query yet."""
    return Application.objects.in_review().exclude(edition__state__in=SEASON_OVER)


@dataclass(frozen=True)
class Cell:
    """Where a case and an expert meet: a seat, the head's seat, a conflict with its reason, or nothing."""

    mark: str
    said: str


@dataclass(frozen=True)
class Line:
    """One case of the grid: who sits, a cell an expert of the page, what is still wrong."""

    application: object
    members: list[str]
    cells: list[Cell]
    problems: list


def grid(edition, applications, experts_from):
    """The lines of these cases and the experts of one page of columns. Nine queries, any number of them.

    Returns the ground of these cases, the keys of the experts shown, and the lines.
    """
    ground = ground_of(edition, applications)
    shown = list(ground.experts)[experts_from : experts_from + EXPERTS_A_PAGE]
    names = _names_of_seated(ground)
    lines = [
        _line(ground, case, application, shown, names)
        for case, application in zip(ground.cases, applications, strict=True)
    ]
    return ground, shown, lines


def _names_of_seated(ground):
    """The names of all who sit, also of those who are not of the season any more. One query for these."""
    names = {key: expert.name for key, expert in ground.experts.items()}
    strange = {key for case in ground.cases for key in case.seated} - set(names)
    seats = Assignment.objects.filter(expert__in=strange).select_related("expert") if strange else ()
    return names | {seat.expert_id: str(seat.expert) for seat in seats}


def _line(ground, case, application, shown, names):
    members = sorted(case.seated, key=lambda key: (key != case.head, names[key]))
    said = [f"{names[key]}（组长）" if key == case.head else names[key] for key in members]
    reasons = dict(case.barred)
    cells = [_cell(case, key, reasons.get(key)) for key in shown]
    wrong = breaches(case, members, case.head, ground.experts, ground.rules)
    return Line(application, said, cells, wrong if members else [Problem("nobody", "尚未分配")])


def _cell(case, key, reason):
    if key in case.seated:
        return Cell("★", "组长") if key == case.head else Cell("●", "已分配")
    return Cell("避", reason) if reason else Cell("", "")


@dataclass(frozen=True)
class Load:
    """An expert's cases before and after a proposal, and the most."""

    expert: object
    before: int
    after: int
    most: int
    heads: int


@dataclass(frozen=True)
class Panel:
    """One case of a proposal: who is new, who heads it, fields and districts, what is wrong."""

    case: Case
    stays: list[str]
    joins: list[str]
    head: str
    fields: int
    districts: int
    problems: list


@dataclass(frozen=True)
class Preview:
    """What applying a proposal would do: whether its ground still holds, loads, panels, how many are told."""

    is_current: bool
    loads: list[Load]
    panels: list[Panel]
    problems: list
    told: int
    seats: int

    @property
    def spread(self):
        """The least and the most cases of an expert, before and after."""
        before, after = [load.before for load in self.loads] or [0], [load.after for load in self.loads] or [0]
        return min(before), max(before), min(after), max(after)


def preview(proposal):
    """What applying this proposal would do now. Nine queries, any size."""
    ground = ground_of(proposal.edition)
    seats, heads = [tuple(pair) for pair in proposal.seats], dict(map(tuple, proposal.heads))
    added, headed = Counter(expert for _case, expert in seats), Counter(heads.values())
    loads = [Load(e, e.load, e.load + added[key], e.capacity, headed[key]) for key, e in ground.experts.items()]
    joining = {}
    for case, expert in seats:
        joining.setdefault(case, []).append(expert)
    panels = [
        _panel(ground, ground.by_key[case], joining.get(case, []), head)
        for case, head in sorted(heads.items(), key=lambda pair: pair[0])
        if case in ground.by_key
    ]
    return Preview(
        ground.digest == proposal.digest, loads, panels, overloads(seats, ground.experts), len(added), len(seats)
    )


def _panel(ground, case, joins, head):
    members = sorted(case.seated) + joins
    known = [ground.experts[key] for key in members if key in ground.experts]
    names = {e.key: e.name for e in known}
    return Panel(
        case=case,
        stays=[names.get(key, "（不在本届专家中）") for key in sorted(case.seated)],
        joins=[names.get(key, "（不在本届专家中）") for key in joins],
        head=names.get(head, "—"),
        fields=len({tag for e in known for tag in e.tags}),
        districts=len({e.district for e in known}),
        problems=breaches(case, members, head, ground.experts, ground.rules),
    )


def panels_file(edition):
    """The edition's panels as a CSV file, one row a seat, cases without one as an empty row. Two queries."""
    seats = Assignment.objects.filter(application__edition=edition).select_related("expert__expert")
    by_case = {}
    for seat in seats.order_by("pk"):
        by_case.setdefault(seat.application_id, []).append(seat)
    rows = []
    for case in in_review(edition):
        firm = [case.number, case.organisation.name]
        rows += [[*firm, *_seat_cells(seat)] for seat in by_case.get(case.pk, [])] or [[*firm, "", "", "", "", ""]]
    return lists.written(rows)


def _seat_cells(seat):
    head, expert = "是" if seat.is_head else "", seat.expert
    return [expert.email, str(expert), expert.expert.employer, head, seat.get_state_display()]
