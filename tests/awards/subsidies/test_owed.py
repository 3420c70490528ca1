"""What is owed by the table after all that the same matter brought before. Pure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.subsidies.entitlement import (
    ALONE,
    GROUP,
    HIGHEST,
    OWN,
    STACK,
    TOP_UP,
    Earlier,
    Matter,
    TableLine,
    owed,
)

NATIONAL, PROVINCIAL, CITY = "国家奖", "省奖", "市奖"
FROM = date(2020, 1, 1)


def line(amount="2000000", stacking=STACK, *, repeats=False, combined=(NATIONAL, PROVINCIAL)):
    return TableLine(Decimal(amount), "办法", FROM, None, "", stacking, frozenset(combined), repeats)


def had(amount, honour=PROVINCIAL, year=2026, *, payer="city", relation=OWN):
    return Earlier(Matter(honour, year, payer), Decimal(amount), "某公司", relation, "某资金")


def judged(table, *earlier, honour=NATIONAL, year=2026):
    found = owed(table, Matter(honour, year, "city"), earlier)
    return found.amount, [(f.code, f.deducted) for f in found.findings]


def test_with_nothing_before_the_table_is_owed():
    assert judged(line()) == (Decimal(2_000_000), [])


def test_without_a_line_nothing_is_owed_and_what_was_had_is_still_named():
    assert judged(None, had("1000000", NATIONAL)) == (None, [("same_matter", 0)])


@pytest.mark.parametrize(
    ("stacking", "year", "due", "code"),
    [
        (STACK, 2026, 2_000_000, None),
        (ALONE, 2026, 0, ALONE),
        (ALONE, 2025, 2_000_000, None),
        (HIGHEST, 2026, 1_000_000, HIGHEST),
        (HIGHEST, 2025, 2_000_000, None),
        (TOP_UP, 2026, 1_000_000, TOP_UP),
        (TOP_UP, 2025, 1_000_000, TOP_UP),
    ],
)
def test_what_a_line_counts_together_with_is_taken_off_by_its_rule(stacking, year, due, code):
    amount, findings = judged(line(stacking=stacking), had("1000000", year=year))

    assert (amount, [c for c, _ in findings]) == (due, [code] if code else [])


def test_a_lower_sum_after_the_higher_one_of_the_year_is_not_owed_and_never_negative():
    amount, findings = judged(line("1000000", HIGHEST), had("2000000", NATIONAL), honour=PROVINCIAL)

    assert (amount, findings) == (0, [(HIGHEST, Decimal(1_000_000))])


def test_an_honour_the_line_does_not_name_is_another_matter():
    assert judged(line(stacking=HIGHEST), had("1000000", CITY)) == (2_000_000, [])


@pytest.mark.parametrize("stacking", [STACK, ALONE, HIGHEST, TOP_UP])
def test_the_same_honour_of_the_year_is_never_paid_again(stacking):
    assert judged(line(stacking=stacking), had("500", NATIONAL)) == (0, [("same_matter", 2_000_000)])


@pytest.mark.parametrize(("repeats", "due"), [(False, 0), (True, 2_000_000)])
def test_an_honour_won_again_is_paid_again_only_where_the_line_says_so(repeats, due):
    amount, findings = judged(line(repeats=repeats), had("2000000", NATIONAL, 2020))

    assert (amount, findings[0][0]) == (due, "won_again")


def test_the_group_and_other_payers_are_named_and_nothing_is_taken_off():
    sister, district = had("9", NATIONAL, 2019, relation=GROUP), had("9", NATIONAL, payer="440605")
    sister_elsewhere = had("9", NATIONAL, payer="440605", relation=GROUP)

    amount, findings = judged(line(), sister, district, sister_elsewhere)

    assert (amount, findings) == (2_000_000, [("group", 0), ("other_payer", 0), ("other_payer", 0)])


def test_another_payers_other_honours_are_another_matter():
    assert judged(line(stacking=HIGHEST), had("9", payer="440605"), had("9", relation=GROUP)) == (2_000_000, [])


def test_a_finding_says_whose_what_how_much_and_from_where():
    [finding] = owed(line(), Matter(NATIONAL, 2026, "city"), [had("1234567", NATIONAL, 2020)]).findings

    assert finding.text == "该单位以前年度已获同一荣誉的奖补：某公司 2020年国家奖 1,234,567 元（某资金）"


SUMS = st.integers(1, 3_000_000).map(Decimal)
EARLIER = st.builds(
    Earlier,
    st.builds(Matter, st.sampled_from([NATIONAL, PROVINCIAL, CITY]), st.integers(2024, 2026), st.sampled_from("ab")),
    SUMS,
    st.just("某公司"),
    st.sampled_from([OWN, GROUP]),
    st.just("某资金"),
)


@settings(deadline=None, database=None)
@given(
    SUMS, st.sampled_from([STACK, ALONE, HIGHEST, TOP_UP]), st.booleans(), st.lists(EARLIER, max_size=6), st.randoms()
)
def test_what_is_owed_equals_a_second_implementation_and_does_not_hang_on_the_order(
    amount, stacking, repeats, earlier, dice
):
    table, matter = line(amount, stacking, repeats=repeats), Matter(NATIONAL, 2026, "a")
    own = [e for e in earlier if e.relation == OWN and e.matter.payer == "a"]
    same = [e for e in own if e.matter.honour == NATIONAL]
    beside = [e for e in own if e.matter.honour == PROVINCIAL and (e.matter.year == 2026 or stacking == TOP_UP)]
    if any(e.matter.year == 2026 for e in same) or (same and not repeats) or (beside and stacking == ALONE):
        expected = Decimal(0)
    elif stacking in {HIGHEST, TOP_UP}:
        expected = max(Decimal(0), table.amount - sum(e.amount for e in beside))
    else:
        expected = table.amount

    found = owed(table, matter, earlier)

    assert found.amount == expected == table.amount - sum(f.deducted for f in found.findings)
    shuffled = dice.sample(earlier, len(earlier))
    assert owed(table, matter, shuffled).amount == expected
