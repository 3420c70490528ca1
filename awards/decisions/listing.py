"""The account of all places in a few lines each, for one paper of any length. Pure.

The items stand in columns under their numbers in the rubric's order, an expert's marks in one line: a table with a
cell a mark would take forty times as long to draw.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import account

COLUMN = 5  # characters of a font whose Chinese ones are twice as wide as the others


@dataclass(frozen=True)
class Place:
    """One place explained, with its marks as lines of text."""

    account: account.Account
    marks: str


@dataclass(frozen=True)
class Part:
    """Some of the places, the `first` to the `last` of the list, as they are drawn at once."""

    first: int
    last: int
    is_final: bool
    places: list[Place]


def parts(
    rows: list[dict], scheme: dict, size: int, later_of: Callable[[list[dict]], dict] = lambda rows: {}
) -> Iterator[Part]:
    """Every place explained, so many at a time, in order. `later_of` gives the later phases of some by application."""
    equal = defaultdict(list)
    for row in rows:
        equal[row["mean"]].append(row)
    for start in range(0, len(rows), size):
        chosen = rows[start : start + size]
        later = later_of(chosen)
        places = [_place(row, equal[row["mean"]], scheme, later.get(row["application"], ())) for row in chosen]
        yield Part(start + 1, start + len(chosen), start + len(chosen) == len(rows), places)


def _place(row, equal, scheme, later):
    explained = account.explained(row, equal, scheme, later)
    return Place(explained, marks_of(row, scheme, explained))


def marks_of(row: dict, scheme: dict, explained: account.Account) -> str:
    """A line of the items' numbers, then a line an expert and a later phase: the percentages and what they come to."""
    numbers = range(1, len(scheme["items"]) + 1)
    lines = [_line("评分项", numbers, "总分")]
    lines += [_line(f"专家{n:>2}", sheet["marks"], sheet["total"]) for n, sheet in enumerate(row["sheets"], 1)]
    codes = [item[3] for item in scheme["items"]]
    for phase, total in zip(explained.later, explained.later_sums, strict=True):
        lines.append(_line(f"{phase.label[:2]}  ", [phase.percentages[code] for code in codes], str(total)))
    return "\n".join(lines) if row["sheets"] else ""


def _line(label, numbers, end):
    return label + "".join(str(number).rjust(COLUMN) for number in numbers) + "  " + end
