"""Counting and charting, without a database."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.dashboard.charts import HEIGHT, columns, horizontal
from awards.dashboard.figures import FUNNEL, by_district, by_industry, in_stage, narrowed, score_spread, total, wan
from awards.process import State

STATES = st.sampled_from(list(State))
DISTRICTS = st.sampled_from(["440604", "440605", "440606", "440607", "440608"])
MEANS = st.decimals(min_value=0, max_value=1000, places=2)


def application(state=State.SUBMITTED, district="440605", industry="陶瓷"):
    return SimpleNamespace(state=state, organisation=SimpleNamespace(district_code=district, industry=industry))


APPLICATIONS = st.lists(
    st.builds(application, STATES, DISTRICTS, st.sampled_from(["陶瓷", "家电", "食品"])), max_size=30
)


@given(APPLICATIONS)
def test_the_funnel_never_widens(applications):
    counts = [len(in_stage(applications, slug)) for slug in FUNNEL]

    assert counts == sorted(counts, reverse=True)
    assert counts[0] == len(applications)


@given(APPLICATIONS)
def test_districts_and_industries_add_up_to_their_list_and_open_it(applications):
    districts, industries = by_district(applications), by_industry(applications)

    assert len(districts) == 5
    assert sum(count for _code, _name, count in districts) == len(applications)
    assert sum(count for _name, count in industries) == len(applications)
    assert all(len(narrowed(applications, code, "")) == count for code, _name, count in districts)
    assert all(len(narrowed(applications, "", name)) == count for name, count in industries)


@given(st.lists(MEANS, min_size=1, max_size=40))
def test_every_score_falls_into_one_band(means):
    spread = score_spread([{"mean": str(mean)} for mean in means], 1000)

    assert sum(count for _band, count in spread.bands) == spread.count == len(means)
    assert (spread.highest, spread.lowest) == (max(means), min(means))
    assert spread.lowest <= spread.middle <= spread.highest


def test_the_full_thousand_belongs_to_the_last_band():
    assert score_spread([{"mean": "1000.00"}, {"mean": "950.00"}], 1000).bands == [("950–1000", 2)]
    assert score_spread([{"mean": "500.00"}], 500).bands == [("475–500", 1)]


def test_empty_bands_between_are_shown():
    bands = score_spread([{"mean": "501.00"}, {"mean": "649.99"}], 1000).bands

    assert bands == [("500–550", 1), ("550–600", 0), ("600–650", 1)]


@pytest.mark.parametrize(("yuan", "shown"), [("1000000", "100.00"), ("10000000.00", "1000.00"), ("0", "0.00")])
def test_yuan_become_wan(yuan, shown):
    assert str(wan(Decimal(yuan))) == shown


def test_the_sum_of_nothing_is_nothing():
    assert total([]) == Decimal("0.00")


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(0, 500)), max_size=12))
def test_no_bar_leaves_its_chart(rows):
    lying, standing = horizontal("图", rows), columns("图", rows)

    assert [(bar.label, bar.value) for bar in lying.bars] == rows == [(bar.label, bar.value) for bar in standing.bars]
    assert all(0 <= float(bar.width.rstrip("%")) <= 100 for bar in lying.bars)
    assert all(0 <= bar.height <= HEIGHT and bar.y + bar.height == standing.base for bar in standing.bars)


def test_a_chart_of_zeros_has_no_length():
    assert [bar.width for bar in horizontal("图", [("甲", 0)]).bars] == ["0.00%"]
