import random
from statistics import mean

import pytest

from awards.rehearsal import marking

ITEMS = [
    {"code": code, "title": code} for code in ["4.1.2", "4.2.2", "4.3.3", "4.4.2", "4.5.3", "4.6.2", "4.7.2", "4.7.4"]
]


def marks(calibre, severity=0.0, seed=1):
    return marking.percentages(enterprise_calibre=calibre, expert_severity=severity, items=ITEMS, seed=seed)


def test_percentages_go_in_steps_of_five_between_nought_and_a_hundred():
    given = [mark for calibre in (0, 0.5, 1) for severity in (-1, 1) for mark in marks(calibre, severity).values()]

    assert all(mark % 5 == 0 and 0 <= mark <= 100 for mark in given)


def test_every_item_is_marked_and_the_same_seed_gives_the_same_marks():
    assert list(marks(0.5)) == [item["code"] for item in ITEMS]
    assert marks(0.5) == marks(0.5)
    assert marks(0.5, seed=1) != marks(0.5, seed=2)


@pytest.mark.parametrize(("calibre", "expected"), [(0.0, 45), (0.5, 65), (1.0, 85)])
def test_the_mean_follows_the_calibre(calibre, expected):
    given = [mark for step in range(40) for mark in marks(calibre + step / 10_000, seed=step).values()]

    assert abs(mean(given) - expected) < 3


def test_a_severe_expert_gives_less_than_a_generous_one():
    assert mean(marks(0.5, severity=1).values()) < mean(marks(0.5, severity=-1).values())


def test_remarks_fit_every_band_and_praise_something_else_than_they_miss():
    rng = random.Random(1)

    for item in ITEMS:
        for percentage in range(0, 101, 5):
            strength, improvement = marking.comments(item, percentage, rng)

            assert strength.endswith("。")
            assert improvement.endswith("。")
            assert "{" not in strength + improvement
            assert strength != improvement


def test_an_item_nobody_wrote_remarks_for_is_called_by_its_title():
    strength, improvement = marking.comments({"code": "9.9", "title": "数据治理"}, 50, random.Random(1))

    assert "数据治理" in strength
    assert "数据治理" in improvement
