from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st

from awards.hearings.judgement import drawn, hearing_score, slot

NUMBERS = ["FS2026-001", "FS2026-002", "FS2026-003", "FS2026-004"]


def test_a_draw_is_repeated_from_its_seed_by_anybody():
    by_hand = sorted(NUMBERS, key=lambda number: sha256(f"a1b2:{number}".encode()).hexdigest())

    assert drawn(NUMBERS, "a1b2") == by_hand == ["FS2026-004", "FS2026-001", "FS2026-003", "FS2026-002"]
    assert {tuple(drawn(NUMBERS, f"{seed}")) for seed in range(200)} >= {tuple(NUMBERS), tuple(reversed(NUMBERS))}


@supposing(st.permutations(NUMBERS), st.text(max_size=8))
def test_a_draw_loses_nobody_and_does_not_depend_on_the_order_before(numbers, seed):
    assert drawn(numbers, seed) == drawn(NUMBERS, seed)
    assert sorted(drawn(numbers, seed)) == NUMBERS


def test_slots_follow_one_another():
    nine = datetime(2026, 7, 10, 9, 0)

    assert slot(nine, 40, 1) == (nine, datetime(2026, 7, 10, 9, 40))
    assert slot(nine, 40, 3) == (datetime(2026, 7, 10, 10, 20), datetime(2026, 7, 10, 11, 0))


@pytest.mark.parametrize(
    ("percentages", "total", "score"),
    [
        ([70], 1000, "700.00"),
        ([70, 75], 1000, "725.00"),
        ([70, 75, 75], 1000, "733.33"),
        ([75, 75, 70, 70, 70, 70], 1000, "716.67"),
        ([1, 0, 0, 0], 2, "0.01"),  # 0.005 goes up
        ([0, 0], 1000, "0.00"),
        ([100], 1000, "1000.00"),
    ],
)
def test_the_score_is_the_mean_percentage_of_the_total_half_up(percentages, total, score):
    assert hearing_score(percentages, total) == Decimal(score)
    assert str(hearing_score(percentages, total)) == score


def test_nobody_is_scored_by_nobody():
    with pytest.raises(ValueError, match="no marks"):
        hearing_score([], 1000)
