"""How severe, how steady and how alike experts mark. Estimates only: nothing here changes a score. Pure.

Severity is the least-squares estimate of the two-way model total = case + expert + error, the case taken out by
comparing each sheet with its own panel (de Gruijter 1984; Braun 1988). Agreement is the intraclass correlation of a
one-way layout (Shrout & Fleiss 1979) for totals, and Krippendorff's alpha with interval distances for each item.
"""

from dataclasses import dataclass
from math import sqrt

import krippendorff
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import fdtri, gammaincinv, stdtrit  # the quantiles alone: scipy.stats takes a second to load

LEVEL = 0.95
LEAST_FREEDOM = 5  # degrees of freedom below which no interval is worth printing
LEAST_SHEETS = 3  # of one expert, below which nothing is said about that expert
MOST_CELLS = 5_000_000  # of the table behind alpha; more cases than fit are thinned out evenly


@dataclass(frozen=True)
class Sheets:
    """Submitted sheets side by side: whose case, which expert, what total; `marks` are percentages, a row a sheet."""

    cases: np.ndarray
    experts: np.ndarray
    totals: np.ndarray
    marks: np.ndarray

    @classmethod
    def of(cls, rows):
        """From (case, expert, total, marks), without cases that have one sheet only: it compares with none."""
        rows = list(rows)
        found = np.array([row[0] for row in rows], dtype=np.int64)
        _, place, count = np.unique(found, return_inverse=True, return_counts=True)
        kept = np.flatnonzero(count[place] > 1) if rows else np.array([], dtype=np.int64)
        return cls(
            found[kept],
            np.array([row[1] for row in rows], dtype=np.int64)[kept],
            np.array([float(row[2]) for row in rows])[kept],
            np.array([row[3] for row in rows], dtype=np.uint8)[kept] if rows else np.empty((0, 0), dtype=np.uint8),
        )


@dataclass(frozen=True)
class Severity:
    """One expert against the panels sat on, in points: below zero is severe, above is lenient.

    `low` and `high` bound the 95 % interval; `spread` is the standard deviation of what is left, with its interval.
    `is_apart` holds when the interval stays clear of zero even with all experts looked at together (Bonferroni).
    """

    expert: int
    group: int
    sheets: int
    value: float
    low: float
    high: float
    spread: float | None
    spread_low: float | None
    spread_high: float | None
    is_apart: bool


@dataclass(frozen=True)
class Model:
    """Everything estimated from one edition's sheets; `shortage` says in words why nothing could be."""

    shortage: str = ""
    sheets: int = 0
    cases: int = 0
    freedom: int = 0
    sigma: float = 0.0
    groups: int = 0
    severities: tuple[Severity, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Which sheet is of which case and by which expert, both numbered from 0.

    `panel` and `taken` count the sheets of each case and of each expert. `shared` is, for each two experts, the cases
    both sat on, each divided by its sheets; experts with none in common, not even through others, differ in `group`.
    """

    names: np.ndarray
    case: np.ndarray
    expert: np.ndarray
    panel: np.ndarray
    taken: np.ndarray
    shared: np.ndarray
    group: np.ndarray

    @classmethod
    def of(cls, sheets):
        """How these sheets lie."""
        _, case, panel = np.unique(sheets.cases, return_inverse=True, return_counts=True)
        names, expert, taken = np.unique(sheets.experts, return_inverse=True, return_counts=True)
        seats = csr_array((np.ones(len(case)), (case, expert)), shape=(len(panel), len(names)))
        shared = (seats.T @ (seats * (1 / panel)[:, None])).toarray()
        _, group = connected_components(shared > 0, directed=False)
        return cls(names, case, expert, panel, taken, shared, group)

    @property
    def groups(self):
        """How many groups there are."""
        return int(self.group.max()) + 1

    @property
    def freedom(self):
        """Degrees of freedom: sheets, less what is estimated from them."""
        return len(self.case) - len(self.panel) - len(self.names) + self.groups

    def against_panel(self, values):
        """Each sheet's value less the mean of its panel."""
        return values - (np.bincount(self.case, values) / self.panel)[self.case]

    def inverse(self):
        """Of the normal equations of the severities, a Laplacian, group by group: in each they add up to zero."""
        alike = (self.group[:, None] == self.group[None, :]) / np.bincount(self.group)[self.group]
        return np.linalg.inv(np.diag(self.taken.astype(float)) - self.shared + alike) - alike


def severities(sheets: Sheets) -> Model:
    """The two-way model fitted. Experts whose panels never overlap, even through others, fall into separate groups.

    Within each group the severities add up to zero, so that only experts of one group can be compared.
    """
    size = len(sheets.totals)
    if size == 0:
        return Model("还没有一份申报收到两份以上的评分，无从比较。")
    layout = Layout.of(sheets)
    cases, freedom = len(layout.panel), layout.freedom
    if freedom < LEAST_FREEDOM:
        return Model(_too_little(layout), size, cases, freedom)
    inverse, deviation = layout.inverse(), layout.against_panel(sheets.totals)
    value = inverse @ np.bincount(layout.expert, deviation)
    rest = deviation - layout.against_panel(value[layout.expert])
    sigma = sqrt(float(rest @ rest) / freedom)
    error = sigma * np.sqrt(np.clip(np.diag(inverse), 0, None))
    found = sorted(_each(layout, value, error, rest), key=lambda s: (s.group, s.value))
    return Model("", size, cases, freedom, sigma, layout.groups, tuple(found))


def _too_little(layout):
    return (
        f"可比较的评分表 {len(layout.case)} 份，分布在 {len(layout.panel)} 份申报、{len(layout.names)} 名专家，"
        f"重叠太少（自由度 {layout.freedom}，至少须有 {LEAST_FREEDOM}），估计没有意义。"
    )


def _each(layout, value, error, rest):
    """Every expert's severity with its interval, and the spread of what is left of the own sheets."""
    experts, freedom = len(layout.names), layout.freedom
    reach, wide = stdtrit(freedom, (1 + LEVEL) / 2), stdtrit(freedom, 1 - (1 - LEVEL) / 2 / experts)
    squares, own = np.bincount(layout.expert, rest**2), layout.taken * freedom / len(layout.case)
    return [
        Severity(
            int(layout.names[n]),
            int(layout.group[n]),
            int(layout.taken[n]),
            float(value[n]),
            float(value[n] - reach * error[n]),
            float(value[n] + reach * error[n]),
            *_spread(float(squares[n]), float(own[n]), int(layout.taken[n])),
            bool(layout.taken[n] >= LEAST_SHEETS and abs(value[n]) > wide * error[n] > 0),
        )
        for n in range(experts)
    ]


def _spread(squares, freedom, sheets):
    """Standard deviation of an expert's residuals with its interval; the expert's share of the freedom is taken
    in proportion to the sheets, which is an approximation."""
    if sheets < LEAST_SHEETS or freedom <= 0:
        return None, None, None
    low, high = (2 * gammaincinv(freedom / 2, part) for part in ((1 + LEVEL) / 2, (1 - LEVEL) / 2))
    return sqrt(squares / freedom), sqrt(squares / low), sqrt(squares / high)


@dataclass(frozen=True)
class Agreement:
    """Intraclass correlation: of one sheet (`single`) with its 95 % interval, and of a panel's mean (`mean`)."""

    single: float
    low: float
    high: float
    mean: float
    cases: int
    panel: float


def agreement(sheets: Sheets) -> Agreement | None:
    """ICC(1) and ICC(k) from the one-way analysis of variance, for panels of unequal size with the usual average
    size. None with fewer than two cases, or when all totals are alike."""
    _, case, panel = np.unique(sheets.cases, return_inverse=True, return_counts=True)
    cases, size = len(panel), len(sheets.totals)
    if cases < 2:
        return None
    means = np.bincount(case, sheets.totals) / panel
    within = float(((sheets.totals - means[case]) ** 2).sum()) / (size - cases)
    between = float((panel * (means - sheets.totals.mean()) ** 2).sum()) / (cases - 1)
    if within == 0 or between == 0:
        return None
    k = (size - float((panel**2).sum()) / size) / (cases - 1)
    ratio = between / within
    low = ratio / fdtri(cases - 1, size - cases, (1 + LEVEL) / 2)
    high = ratio * fdtri(size - cases, cases - 1, (1 + LEVEL) / 2)

    def single(value):
        return (value - 1) / (value + k - 1)

    return Agreement(*(float(single(x)) for x in (ratio, low, high)), 1 - 1 / ratio, cases, k)


def alphas(sheets: Sheets) -> list[float | None]:
    """Krippendorff's alpha of each item, cases as units and per cents as interval values; None where all are alike."""
    _, case = np.unique(sheets.cases, return_inverse=True)
    domain = np.unique(sheets.marks)
    values = np.searchsorted(domain, sheets.marks)
    step = thinning(sheets)
    chosen = case % step == 0
    units = int(case.max()) // step + 1 if len(case) else 0
    found = []
    for n in range(sheets.marks.shape[1]):
        counts = np.zeros((units, len(domain)))
        np.add.at(counts, (case[chosen] // step, values[chosen, n]), 1)
        used = counts.sum(axis=0) > 0
        alike = used.sum() < 2
        found.append(
            None if alike else float(krippendorff.alpha(value_counts=counts[:, used], value_domain=domain[used]))
        )
    return found


def thinning(sheets: Sheets) -> int:
    """Every how many-th case alpha is computed from: 1, unless the table behind it would become too large."""
    cells = len(np.unique(sheets.cases)) * len(np.unique(sheets.marks)) ** 2
    return -(-cells // MOST_CELLS) or 1
