"""What an honour entitles to by the published table on its date. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class TableLine:
    """One published line: a sum and the days it was valid, ends included."""

    amount: Decimal
    document: str
    valid_from: date
    valid_to: date | None


def line_on(lines: list[TableLine], day: date) -> TableLine | None:
    """The line valid on a day; the youngest where several are. None where the table says nothing."""
    valid = [line for line in lines if line.valid_from <= day and (line.valid_to is None or day <= line.valid_to)]
    return max(valid, key=lambda line: line.valid_from, default=None)
