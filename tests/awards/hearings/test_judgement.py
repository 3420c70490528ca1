from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st

from awards.hearings.judgement import drawn, hearing_score, said, sessions_in, slots

NUMBERS = ["FS2026-001", "FS2026-002", "FS2026-003", "FS2026-004"]


def test_a_draw_is_repeated_from_its_seed_by_anybody():
    by_hand = sorted(NUMBERS, key=lambda number: sha256(f"a1b2:{number}".encode()).hexdigest())

    assert drawn(NUMBERS, "a1b2") == by_hand == ["FS2026-004", "FS2026-001", "FS2026-003", "FS2026-002"]
    assert {tuple(drawn(NUMBERS, f"{seed}")) for seed in range(200)} >= {tuple(NUMBERS), tuple(reversed(NUMBERS))}


@supposing(st.permutations(NUMBERS), st.text(max_size=8))
def test_a_draw_loses_nobody_and_does_not_depend_on_the_order_before(numbers, seed):
    assert drawn(numbers, seed) == drawn(NUMBERS, seed)
    assert sorted(drawn(numbers, seed)) == NUMBERS


def at(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute)


def test_slots_follow_one_another_within_the_sessions_and_nobody_speaks_over_the_lunch_break():
    morning, afternoon, next_day = (at(10, 9), at(10, 10, 30)), (at(10, 14), at(10, 14, 40)), (at(11, 9), at(11, 9, 30))

    assert slots([morning, afternoon, next_day], 40) == [at(10, 9), at(10, 9, 40), at(10, 14)]
    assert slots([next_day], 40) == []


def test_sessions_are_read_as_people_write_them_and_put_in_order():
    text = "2026年7月11日 9:00至12:00\n\n2026-07-10 14:00—17:30\n２０２６/７/１０ 09:00 ~ 12:00"

    assert sessions_in(text) == [(at(10, 9), at(10, 12)), (at(10, 14), at(10, 17, 30)), (at(11, 9), at(11, 12))]
    assert said(at(10, 9), at(10, 12)) == "2026-07-10 09:00—12:00"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" \n", "请至少写一个时段"),
        ("2026-07-10 09:00-12:00\n上午", "第 2 行“上午”读不懂"),
        ("2026-02-30 09:00-12:00", "第 1 行“2026-02-30 09:00-12:00”读不懂"),
        ("2026-07-10 12:00-09:00", "第 1 行的结束应晚于开始"),
        ("2026-07-10 09:00-12:00\n2026-07-10 11:00-13:00", "重叠"),
    ],
)
def test_sessions_that_make_no_sense_are_refused_with_their_line(text, why):
    with pytest.raises(ValueError, match=why):
        sessions_in(text)


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
