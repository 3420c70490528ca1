"""The account of all places in a few lines each, for one paper of any length. Pure.

The items stand in columns under their numbers in the rubric's order, an expert's marks in one line: a table with a
cell a mark would take forty times as long to draw.
"""

from collections import defaultdict
from collections.abc import Iterator
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


def parts(rows: list[dict], scheme: dict, size: int) -> Iterator[Part]:
    """Every place explained, so many at a time, in order."""
    equal = defaultdict(list)
    for row in rows:
        equal[row["mean"]].append(row)
    for start in range(0, len(rows), size):
        chosen = rows[start : start + size]
        places = [Place(account.explained(row, equal[row["mean"]], scheme), marks_of(row, scheme)) for row in chosen]
        yield Part(start + 1, start + len(chosen), start + len(chosen) == len(rows), places)


def marks_of(row: dict, scheme: dict) -> str:
    """A line of the items' numbers, then a line an expert: the percentages and the total they come to."""
    numbers = range(1, len(scheme["items"]) + 1)
    lines = [_line("评分项", numbers, "总分")]
    lines += [_line(f"专家{n:>2}", sheet["marks"], sheet["total"]) for n, sheet in enumerate(row["sheets"], 1)]
    return "\n".join(lines) if row["sheets"] else ""


def _line(label, numbers, end):
    return label + "".join(str(number).rjust(COLUMN) for number in numbers) + "  " + end
