"""Reading score sheets: the rows of one, its history, what the secretariat may put back."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef

from awards.process import State
from awards.rubric.models import Category, Item
from awards.rubric.queries import items_of
from awards.rubric.scoring import item_score

from . import citing
from .entries import Entry
from .models import Assignment, Mark, ScoreSheet
from .sheet_models import MarkVersion, ScoringFreeze, SheetHabit

FROZEN = "本届评分已由秘书处暂停。"  # why nobody can score now, for whoever would


@dataclass(frozen=True)
class Row:
    """One item of a sheet as a page shows it: the entry, the points it earns, where it stands in the book.

    `theirs` is what another window saved for an item in dispute; `problems` are sentences about the entry.
    """

    item: Item
    entry: Entry
    score: Decimal | None
    page: int | None = None
    theirs: Entry | None = None
    problems: tuple = ()

    @property
    def references(self):
        """The pages the mark rests on, as (paper, page, words)."""
        try:
            return [(paper, page, citing.said(paper, page)) for paper, page in citing.parts(self.entry.evidence)]
        except ValueError:
            return []


@dataclass(frozen=True)
class Group:
    """One category of a sheet: its bands as (from–to, description), its rows, its full and present points."""

    category: Category
    bands: list[tuple[str, str]]
    rows: list[Row]

    @property
    def points(self):
        """What the category is worth."""
        return sum(row.item.points for row in self.rows)

    @property
    def score(self):
        """What it earns so far; unmarked items earn nothing."""
        return sum((row.score for row in self.rows if row.score is not None), Decimal("0.00"))


def sheet_of(assignment, phase=ScoreSheet.Phase.INDEPENDENT):
    """The expert's sheet of a phase. One query."""
    return assignment.sheets.get(phase=phase)


def entries_of(sheet):
    """What stands in a sheet, by item code. One query."""
    return {mark.item.code: Entry.of(mark) for mark in sheet.marks.select_related("item")}


def entries_at(sheet, version):
    """What stood in a sheet at one of its versions, by item code. One query."""
    rows = sheet.mark_versions.filter(version__lte=version).select_related("item")
    return {row.item.code: Entry.of(row) for row in rows.order_by("item_id", "-version").distinct("item_id")}


def changed_since(sheet, version):
    """What was saved after a version, by item code, as it stands now. One query."""
    codes = set(sheet.mark_versions.filter(version__gt=version).values_list("item__code", flat=True))
    stored = entries_of(sheet)
    return {code: stored.get(code, Entry()) for code in sorted(codes)}


def groups(rubric, entries, *, marks=None, disputed=None, problems=None):
    """A sheet's categories with their bands and rows. `marks` say on which page of the book an item begins."""
    marks, disputed, problems = marks or {}, disputed or {}, problems or {}
    found = defaultdict(list)
    for item in items_of(rubric):
        entry = entries.get(item.code, Entry())
        score = None if entry.percentage is None else item_score(item.points, entry.percentage)
        row = Row(item, entry, score, marks.get(item.code), disputed.get(item.code), tuple(problems.get(item.code, ())))
        found[item.category].append(row)
    return [Group(category, bands(rubric, category.kind), rows) for category, rows in found.items()]


def bands(rubric, kind):
    """What each band of percentages means for a kind of category, as (from–to, description)."""
    words = rubric.band_descriptions.get(kind, {})
    return [(f"{low}%—{high}%", words.get(f"{low}-{high}", "")) for low, high in rubric.bands]


def next_case(assignment):
    """The expert's next case to mark, after this one in the order of numbers, else the first; or None. One query."""
    open_ones = Assignment.objects.filter(expert_id=assignment.expert_id, state=Assignment.State.SITTING)
    numbers = list(open_ones.order_by("application__number", "pk").values_list("application__number", "pk"))
    here = (assignment.application.number, assignment.pk)
    others = [place for place in numbers if place != here]
    return next((pk for number, pk in others if (number, pk) > here), others[0][1] if others else None)


def with_surroundings(assignments, user, along):
    """Assignments with what a sheet's page asks about them: whether scoring is frozen, whether keys are off."""
    frozen = ScoringFreeze.objects.in_force().filter(edition=OuterRef("application__edition"))
    without_keys = SheetHabit.objects.filter(user=user, uses_keys=False)
    return assignments.select_related(*along).annotate(is_frozen=Exists(frozen), is_without_keys=Exists(without_keys))


def freeze_of(edition):
    """The freeze in force, or None. One query."""
    return ScoringFreeze.objects.in_force().filter(edition=edition).first()


# --- as of a moment -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restored:
    """One mark as it stands and as it stood."""

    item: Item
    now: Entry
    then: Entry


@dataclass(frozen=True)
class Plan:
    """What restoring would do to one sheet: the marks that change, and whether its expert must submit it again."""

    sheet: ScoreSheet
    rows: list[Restored]
    reopens: bool

    @property
    def assignment(self):
        """The seat whose sheet it is."""
        return self.sheet.assignment

    @property
    def codes(self):
        """Each changed item's code with what stands and what stood, for the trail."""
        return {row.item.code: [str(row.now), str(row.then)] for row in self.rows}


def restorable(edition):
    """The sheets of an edition that can be put back: of sitting experts, on cases in review.

    Those a closed consensus rests on stand until it is given back.
    """
    sitting = Assignment.objects.sitting().filter(application__edition=edition, application__state=State.IN_REVIEW)
    sitting = sitting.exclude(application__consensus__state="closed")
    sheets = ScoreSheet.objects.filter(assignment__in=sitting)
    order = ["assignment__application__number", "assignment__pk", "pk"]
    return sheets.select_related("assignment__application__organisation", "assignment__expert").order_by(*order)


def restoration(edition, moment, sheet=None):
    """What would change if one sheet, or all of the edition, stood as they did at a moment. Four queries, any size."""
    sheets = restorable(edition)
    sheets = list(sheets.filter(pk=sheet.pk) if sheet else sheets)
    items = items_of(edition.rubric)
    present, past = _present(sheets), _past(sheets, moment)
    return [plan for s in sheets if (plan := _plan(s, items, present[s.pk], past[s.pk])).rows]


def _present(sheets):
    found = defaultdict(dict)
    for mark in Mark.objects.filter(sheet__in=sheets):
        found[mark.sheet_id][mark.item_id] = Entry.of(mark)
    return found


def _past(sheets, moment):
    history = MarkVersion.objects.filter(sheet__in=sheets, written_at__lte=moment)
    found = defaultdict(dict)
    for row in history.order_by("sheet_id", "item_id", "-version").distinct("sheet_id", "item_id"):
        found[row.sheet_id][row.item_id] = Entry.of(row)
    return found


def _plan(sheet, items, present, past):
    pairs = [Restored(item, present.get(item.pk, Entry()), past.get(item.pk, Entry())) for item in items]
    is_complete = all(pair.then.percentage is not None for pair in pairs)
    reopens = sheet.submitted_at is not None and not is_complete
    return Plan(sheet, [pair for pair in pairs if pair.now != pair.then], reopens)
