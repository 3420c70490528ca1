"""What leaders see, counted from lists in hand. Pure: every figure is the length or the sum of its list."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from awards.process import ADMITTED, HANDED_IN, State
from enterprises.districts import District

BANDS = 20  # columns of the score chart from nothing to the full score: 50 points each on a scale of 1000
WAN = Decimal(10_000)


@dataclass(frozen=True)
class Stage:
    """One step of the funnel: an application is in it when its state is one of `states`."""

    slug: str
    label: str
    states: frozenset[str]

    def holds(self, application) -> bool:
        return application.state in self.states


PROPOSED = {State.PROPOSED, State.PUBLICISED, State.STRUCK, State.NOT_APPROVED, State.HONOURED}
SHORTLISTED = PROPOSED | {State.SHORTLISTED, State.NOT_PROPOSED}

FUNNEL = {
    stage.slug: stage
    for stage in [
        Stage("started", "填报", frozenset(State)),
        Stage("submitted", "提交", frozenset(HANDED_IN)),
        Stage("accepted", "受理", frozenset(ADMITTED)),
        Stage("shortlisted", "入围", frozenset(SHORTLISTED)),
        Stage("proposed", "拟奖", frozenset(PROPOSED)),
        Stage("honoured", "获奖", frozenset({State.HONOURED})),
    ]
}


def in_stage(applications: Sequence, slug: str) -> list:
    """The applications that came as far as this stage of the funnel."""
    return [application for application in applications if FUNNEL[slug].holds(application)]


def narrowed(applications: Sequence, district: str, industry: str) -> list:
    """Those of one district and industry; an empty word means all."""
    return [
        application
        for application in applications
        if district in {"", application.organisation.district_code}
        and industry in {"", application.organisation.industry}
    ]


def by_district(applications: Sequence) -> list[tuple[str, str, int]]:
    """(code, district, count) for all five districts, empty ones too."""
    counts = Counter(application.organisation.district_code for application in applications)
    return [(district.value, district.label, counts[district.value]) for district in District]


def by_industry(applications: Sequence) -> list[tuple[str, int]]:
    """(industry, count), the largest first."""
    counts = Counter(application.organisation.industry for application in applications)
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


@dataclass(frozen=True)
class Scores:
    """How the mean totals of one ranking are spread. No names."""

    count: int
    full: int
    band: int
    highest: Decimal
    middle: Decimal
    lowest: Decimal
    bands: list[tuple[str, int]]


def score_spread(rows: Sequence[dict], full: int) -> Scores:
    """The spread of a ranking's rows in bands of a twentieth of the full score, which belongs to the last band."""
    means, band = sorted(Decimal(row["mean"]) for row in rows), max(1, full // BANDS)
    starts = [min(int(mean) // band * band, (full - 1) // band * band) for mean in means]
    counts = Counter(starts)
    bands = [(f"{start}–{start + band}", counts[start]) for start in range(starts[0], starts[-1] + band, band)]
    middle = Decimal(median(means)).quantize(Decimal("0.01"))
    return Scores(len(means), full, band, means[-1], middle, means[0], bands)


@dataclass(frozen=True)
class Payments:
    """A kind of payment among all of a year: which states count."""

    slug: str
    label: str
    states: frozenset[str]


PAYMENTS = {
    kind.slug: kind
    for kind in [
        Payments("reserved", "已占用", frozenset({"approved", "sending", "sent", "paid"})),
        Payments("paid", "已拨付", frozenset({"paid"})),
        Payments("returned", "已退汇", frozenset({"returned"})),
    ]
}


@dataclass(frozen=True)
class Recoveries:
    """A sum about what holders of revoked honours owe back: how much of a clawback counts."""

    slug: str
    label: str
    amount: Callable


RECOVERIES = {
    kind.slug: kind
    for kind in [
        Recoveries("owed", "应追回", lambda clawback: clawback.owed),
        Recoveries("recovered", "已追回", lambda clawback: clawback.received),
    ]
}


def wan(amount: Decimal) -> Decimal:
    """Yuan in 万元 with two decimals, for tables that say so."""
    return (amount / WAN).quantize(Decimal("0.01"))


def total(payments: Sequence, key: Callable = lambda payment: payment.amount) -> Decimal:
    """The exact sum of a list, in yuan."""
    return sum((key(payment) for payment in payments), Decimal("0.00"))
