"""One line of the table."""

import statistics
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """`ratio` is value ÷ baseline, both in `unit`; `n` how often it was measured."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    n: int

    @classmethod
    def beside(cls, name, unit, value, baseline, n):
        """A value beside its baseline of the same run."""
        return cls(name, round(value, 3), unit, round(baseline, 3), round(value / baseline, 3), n)

    @classmethod
    def median(cls, name, unit, values, baseline):
        """The median of several runs beside its baseline."""
        return cls.beside(name, unit, statistics.median(values), baseline, len(values))

    @classmethod
    def count(cls, name, unit, value, of):
        """How many, out of how many."""
        return cls.beside(name, unit, value, of, of)

    def as_json(self):
        return asdict(self)
