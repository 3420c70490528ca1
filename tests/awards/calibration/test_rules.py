"""The estimates against other ways to them, with a fixed draw; adjusting; the chart. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import f_oneway

from awards.calibration.adjusting import changes
from awards.calibration.board import Limits, judged
from awards.calibration.charts import intervals
from awards.calibration.statistics import Sheets, agreement, alphas, severities, thinning
from awards.calibration.tables import verdict
from awards.decisions.ranking import Case, Part
from tests import given

CASES, EXPERTS = 60, 8


@pytest.fixture(scope="module")
def drawn():
    """Cases of four sheets each by eight experts whose severities are known."""
    dice = np.random.default_rng(20260318)
    severity = np.array([-40, -15, -5, 0, 0, 5, 15, 40.0])
    rows = []
    for case in range(CASES):
        worth = dice.normal(600, 60)
        for expert in dice.choice(EXPERTS, 4, replace=False):
            total = round(worth + severity[expert] + dice.normal(0, 12), 2)
            rows.append((case, int(expert) + 100, total, tuple(dice.integers(8, 14, 3) * 5)))
    return severity, rows


def test_severities_and_their_intervals_equal_a_regression_with_a_column_for_each_case_and_expert(drawn):
    severity, rows = drawn
    model = severities(Sheets.of(rows))

    table = np.zeros((len(rows) + 1, CASES + EXPERTS))
    for line, (case, expert, _total, _marks) in enumerate(rows):
        table[line, case] = table[line, CASES + expert - 100] = 1
    table[-1, CASES:] = 1  # together they are zero
    totals = np.array([row[2] for row in rows] + [0.0])
    found, *_ = np.linalg.lstsq(table, totals)
    rest = totals - table @ found
    freedom = len(rows) - CASES - EXPERTS + 1
    variance = rest @ rest / freedom * np.linalg.inv(table.T @ table)

    ours = sorted(model.severities, key=lambda s: s.expert)
    assert (model.freedom, model.groups, model.shortage) == (freedom, 1, "")
    np.testing.assert_allclose([s.value for s in ours], found[CASES:], atol=1e-8)
    widths = np.array([(s.high - s.low) / 2 for s in ours])
    errors = np.sqrt(np.diag(variance)[CASES:] - (rest @ rest / freedom) / EXPERTS**2)  # the last line is no sheet
    np.testing.assert_allclose(widths / widths[0], errors / errors[0], rtol=1e-6)
    assert sum(s.low <= true <= s.high for s, true in zip(ours, severity, strict=True)) >= EXPERTS - 1
    said = [verdict(s) for s in ours]
    assert (said[:2], said[3:5], said[-2:]) == (["偏严"] * 2, ["未见明显差异"] * 2, ["偏宽"] * 2)
    assert sum(s.value for s in ours) == pytest.approx(0)


def test_spread_is_what_is_left_and_lies_in_its_interval(drawn):
    _severity, rows = drawn

    model = severities(Sheets.of(rows))

    assert 10 < model.sigma < 14
    assert [s.spread_low < s.spread < s.spread_high for s in model.severities] == [True] * EXPERTS
    assert [s.spread_low < 12 < s.spread_high for s in model.severities] == [True] * EXPERTS


def test_agreement_is_the_intraclass_correlation_of_the_analysis_of_variance(drawn):
    _severity, rows = drawn
    sheets = Sheets.of(rows)

    ratio = f_oneway(*(sheets.totals[sheets.cases == case] for case in range(CASES))).statistic
    ours = agreement(sheets)

    assert ours.single == pytest.approx((ratio - 1) / (ratio + 3))
    assert ours.mean == pytest.approx(1 - 1 / ratio)
    assert ours.low < ours.single < ours.high
    assert (ours.cases, ours.panel) == (CASES, pytest.approx(4))


def test_alpha_is_one_for_equal_marks_near_zero_for_chance_and_nothing_where_all_are_alike():
    dice = np.random.default_rng(1)
    rows = []
    for case in range(200):
        same = int(dice.integers(0, 21) * 5)
        rows += [(case, expert, 500, (same, int(dice.integers(0, 21) * 5), 50)) for expert in (1, 2, 3)]

    equal, chance, alike = alphas(Sheets.of(rows))

    assert equal == pytest.approx(1)
    assert abs(chance) < 0.1
    assert alike is None


def test_a_large_table_is_thinned_out_evenly(monkeypatch, drawn):
    sheets = Sheets.of(drawn[1])
    whole = alphas(sheets)

    monkeypatch.setattr("awards.calibration.statistics.MOST_CELLS", 1000)

    assert thinning(sheets) == 3
    assert len(alphas(sheets)) == len(whole) == 3


def test_too_few_sheets_are_said_in_words_and_nothing_is_estimated():
    nothing = severities(Sheets.of([]))
    alone = severities(Sheets.of([(case, case, 500, (50,)) for case in range(9)]))
    few = severities(Sheets.of([(case, expert, 500 + expert, (50,)) for case in (1, 2) for expert in (1, 2)]))

    assert nothing.shortage == alone.shortage == "还没有一份申报收到两份以上的评分，无从比较。"
    assert "重叠太少（自由度 1" in few.shortage
    assert few.severities == ()


def test_panels_that_never_overlap_are_groups_of_their_own():
    rows = [
        (group * 10 + case, group * 10 + expert, 500 + 10 * expert + (case % 3), (50,))
        for group in (0, 1)
        for case in range(6)
        for expert in range(3)
    ]

    model = severities(Sheets.of(rows))

    assert model.groups == 2
    by_group = {g: [round(s.value, 6) for s in model.severities if s.group == g] for g in (0, 1)}
    assert by_group == {0: [-10, 0, 10], 1: [-10, 0, 10]}


def panel(key, *sheets):
    totals = tuple(Decimal(total) for _expert, total in sheets)
    found = [SimpleNamespace(expert=expert, total=Decimal(total)) for expert, total in sheets]
    named = SimpleNamespace(application=key, number=f"Z-{key}", organisation=f"单位{key}", sheets=found)
    return named, Case(key, (Part("资料评审", Fraction(1), totals),))


def test_places_that_would_change_are_listed_and_nothing_is_applied():
    panels, cases = zip(
        panel(1, (7, "700"), (8, "700")),
        panel(2, (7, "690"), (9, "690")),
        panel(3, (9, "100"), (9, "100")),
        strict=True,
    )
    rules = {"tie_rule": "同名次", "places": 1, "threshold": Decimal(0)}

    moved = changes(panels, {8: 30.004, 9: 0.0}, cases, rules)

    assert [(c.number, c.score, c.place, c.adjusted, c.adjusted_place, c.crosses) for c in moved] == [
        ("Z-1", Decimal("700.00"), 1, Decimal("685.00"), 2, True),
        ("Z-2", Decimal("690.00"), 2, Decimal("690.00"), 1, True),
    ]
    assert changes(panels, {}, cases, rules) == []


def test_the_chart_has_one_zero_and_the_widest_interval_at_the_end_of_its_scale():
    chart = intervals("图", [("甲", -10, -20, 0), ("乙", 5, 0, 10)])

    assert [(w.low, w.middle, w.high, w.value, w.y) for w in chart.whiskers] == [
        ("26.00%", "40.50%", "55.00%", "-10.00", 22),
        ("55.00%", "62.25%", "69.50%", "+5.00", 48),
    ]
    assert (chart.low, chart.middle, chart.high, chart.top) == ("26.00%", "55.00%", "84.00%", "20.0")
    assert intervals("空", []).whiskers == []


# --- flags of the board -------------------------------------------------------------------------------

THEN = datetime(2026, 5, 12, 23, 0, tzinfo=given.SHANGHAI)
LIMITS = Limits(trim_from=3, spread=Decimal(50), days=10, today=(THEN + timedelta(days=10)).date())


def seats(*totals):
    return [(total and Decimal(total), THEN) for total in totals]


@pytest.mark.parametrize(
    ("totals", "shown"),
    [
        ([], (0, 0, None, None, ("none",))),
        ([None, None], (2, 0, None, None, ("unfinished",))),
        (["700.00", "750.00"], (2, 2, Decimal("725.00"), Decimal("50.00"), ())),
        (["700.00", "750.01"], (2, 2, Decimal("725.01"), Decimal("50.01"), ("wide",))),
        (["600.00", "700.00", "900.00"], (3, 3, Decimal("700.00"), Decimal("300.00"), ("wide",))),
    ],
)
def test_a_case_is_judged_by_its_editions_rules(totals, shown):
    found = judged(seats(*totals), LIMITS)

    assert (found.expected, found.received, found.mean, found.spread, found.flags) == shown


def test_a_sheet_is_late_the_day_after_its_last_one_and_only_while_it_is_not_in():
    late = replace(LIMITS, today=LIMITS.today + timedelta(days=1))

    assert judged(seats("700", None), LIMITS).flags == ("unfinished",)
    assert judged(seats("700", None), late).flags == ("unfinished", "late")
    assert judged(seats("700", "700"), late).flags == ()
    assert judged(seats("700", None), replace(late, days=0)).flags == ("unfinished",)
    assert judged(seats("100", "900"), replace(LIMITS, spread=0)).flags == ()
