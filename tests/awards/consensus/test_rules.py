from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.consensus.judgement import Talked, problems, rounded, spread

panels = st.lists(st.integers(0, 20).map(lambda n: n * 5), min_size=1, max_size=9).map(tuple)


def item(marks=(60, 70, 65), chosen=None, discussion="", limit=20):
    return Talked("4.1.2", marks, 5, limit, chosen, discussion)


def test_marks_that_agree_stand_at_their_mean_on_the_scale():
    assert (item().mean, item().spread, item().percentage) == (Decimal("65.00"), 10, 65)
    assert item((50, 55)).percentage == 55  # 52.5 lies between two steps: up
    assert (item(()).mean, item(()).percentage) == (None, None)
    assert problems([item()]) == []


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (item((40, 60)), []),  # exactly on the limit
        (item((40, 65)), ["unset"]),
        (item((40, 65), chosen=50), ["discussion"]),
        (item((40, 65), chosen=50, discussion="  "), ["discussion"]),
        (item((40, 65), chosen=50, discussion="核对了附件。"), []),
        (item(chosen=65), []),
        (item(chosen=70), ["discussion"]),
        (item(chosen=70, discussion="补充了证据。"), []),
        (item(chosen=67, discussion="补充了证据。"), ["range"]),
        (item(chosen=105, discussion="补充了证据。"), ["range"]),
        (item((40, 65), limit=25), []),
    ],
)
def test_what_is_spread_wider_than_the_limit_or_set_apart_from_the_mean_needs_a_recorded_discussion(said, codes):
    assert [problem.code for problem in problems([said])] == codes


@settings(max_examples=300, deadline=None)
@given(panels)
def test_the_default_lies_within_half_a_step_of_the_mean_and_within_the_marks(marks):
    exact = Decimal(sum(marks)) / len(marks)

    assert abs(rounded(marks, 5) - exact) <= Decimal("2.5")
    assert min(marks) <= rounded(marks, 5) <= max(marks)
    assert spread(marks) == max(marks) - min(marks)
    assert rounded(marks[::-1], 5) == rounded(marks, 5)
