from dataclasses import dataclass
from datetime import date

from awards.programmes.models import HonourKind
from enterprises.organisations.models import FormerName, Organisation
from foshan_quality.lib import clock

from .models import Honour
from .reading import read


def names_of(organisation):
    """Every registered name of an organisation, today's first. One query."""
    return [organisation.name, *organisation.former_names.values_list("name", flat=True)]


@dataclass(frozen=True)
class NewHonour:
    """One line of a workbook that is not on record yet, with its holder where the portal knows it by that name."""

    row: int
    kind: HonourKind
    year: int
    name: str
    organisation: Organisation | None
    announced_on: date | None
    source: str
    note: str


@dataclass(frozen=True)
class Trial:
    """How importing a workbook would end now: new lines, rows on record already, flaws as (row, sentence)."""

    new: list[NewHonour]
    known: list[int]
    flaws: list[tuple[int, str]]


def trial_of(batch):
    """The trial of a workbook. Four queries, whatever its size."""
    kinds = {kind.name: kind for kind in HonourKind.objects.all()}
    lines, flaws = read(batch.rows, set(kinds), clock.today())
    holders = _holders({line.name for line in lines})
    recorded = set(Honour.objects.values_list("kind__name", "year", "organisation_name"))
    by_holder = set(Honour.objects.exclude(organisation=None).values_list("kind__name", "year", "organisation"))
    new, known = [], []
    for line in lines:
        holder = holders.get(line.name)
        mark = (line.kind, line.year, holder.pk if holder else None)
        if (line.kind, line.year, line.name) in recorded or mark in by_holder:
            known.append(line.row)
            continue
        if holder:
            by_holder.add(mark)
        new.append(
            NewHonour(
                row=line.row,
                kind=kinds[line.kind],
                year=line.year,
                name=line.name,
                organisation=holder,
                announced_on=line.announced_on,
                source=line.source,
                note=line.note,
            )
        )
    return Trial(new, known, flaws)


def _holders(names):
    """Who bears or bore such a name; nobody where two did."""
    pairs = [(o.name, o) for o in Organisation.objects.filter(name__in=names)]
    pairs += [
        (f.name, f.organisation) for f in FormerName.objects.filter(name__in=names).select_related("organisation")
    ]
    found = {}
    for name, organisation in pairs:
        found.setdefault(name, set()).add(organisation)
    return {name: next(iter(bearers)) for name, bearers in found.items() if len(bearers) == 1}
