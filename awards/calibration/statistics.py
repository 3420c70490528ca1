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
from scipy.stats import chi2, f, t

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


def severities(sheets: Sheets) -> Model:
    """The two-way model fitted. Experts whose panels never overlap, even through others, fall into separate groups.

    Within each group the severities add up to zero, so that only experts of one group can be compared.
    """
    size = len(sheets.totals)
    if size == 0:
        return Model("还没有一份申报收到两份以上的评分，无从比较。")
    _, case, panel = np.unique(sheets.cases, return_inverse=True, return_counts=True)
    names, expert, taken = np.unique(sheets.experts, return_inverse=True, return_counts=True)
    ones, cases, experts = np.ones(size), len(panel), len(names)
    deviation = sheets.totals - (np.bincount(case, sheets.totals) / panel)[case]
    seats = csr_array((ones, (case, expert)), shape=(cases, experts))
    shared = (seats.T @ (seats * (1 / panel)[:, None])).toarray()
    groups, group = connected_components(shared > 0, directed=False)
    freedom = size - cases - experts + groups
    if freedom < LEAST_FREEDOM:
        return Model(
            f"可比较的评分表 {size} 份，分布在 {cases} 份申报、{experts} 名专家，重叠太少（自由度 {freedom}，"
            f"至少须有 {LEAST_FREEDOM}），估计没有意义。",
            size,
            cases,
            freedom,
        )
    same = (group[:, None] == group[None, :]) / np.bincount(group)[group]
    inverse = np.linalg.inv(np.diag(taken.astype(float)) - shared + same) - same  # of the Laplacian, group by group
    value = inverse @ np.bincount(expert, deviation)
    rest = deviation - value[expert] + (np.bincount(case, value[expert]) / panel)[case]
    sigma = sqrt(float(rest @ rest) / freedom)
    error = sigma * np.sqrt(np.clip(np.diag(inverse), 0, None))
    reach, wide = t.ppf((1 + LEVEL) / 2, freedom), t.ppf(1 - (1 - LEVEL) / 2 / experts, freedom)
    squares, own = np.bincount(expert, rest**2), taken * freedom / size
    found = [
        Severity(
            int(names[n]),
            int(group[n]),
            int(taken[n]),
            float(value[n]),
            float(value[n] - reach * error[n]),
            float(value[n] + reach * error[n]),
            *_spread(float(squares[n]), float(own[n]), int(taken[n])),
            bool(taken[n] >= LEAST_SHEETS and abs(value[n]) > wide * error[n] > 0),
        )
        for n in range(experts)
    ]
    return Model("", size, cases, freedom, sigma, int(groups), tuple(sorted(found, key=lambda s: (s.group, s.value))))


def _spread(squares, freedom, sheets):
    """Standard deviation of an expert's residuals with its interval; the expert's share of the freedom is taken
    in proportion to the sheets, which is an approximation."""
    if sheets < LEAST_SHEETS or freedom <= 0:
        return None, None, None
    low, high = chi2.ppf((1 + LEVEL) / 2, freedom), chi2.ppf((1 - LEVEL) / 2, freedom)
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
    low = ratio / f.ppf((1 + LEVEL) / 2, cases - 1, size - cases)
    high = ratio * f.ppf((1 + LEVEL) / 2, size - cases, cases - 1)

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
