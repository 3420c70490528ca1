"""The ballot box, receipts, and the rules of rounds; no database."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.decisions import box
from awards.decisions.voting import Choice, count, next_candidates, unsound
from awards.programmes.rules import TIED, TIED_AND_FAILED

KEY = box.key_of("secret", b"salt")
SLIPS = st.lists(
    st.builds(
        box.Slip, st.integers(1, 2**128 - 1).map("{:032x}".format), st.integers(0, 30), st.sampled_from(list(Choice))
    ),
    max_size=12,
    unique_by=lambda slip: slip.code,
)


@settings(max_examples=50, deadline=None)
@given(SLIPS, st.randoms(use_true_random=False))
def test_what_is_put_in_comes_out_in_the_order_of_the_codes_and_every_box_is_as_long(slips, dice):
    shuffled = dice.sample(slips, len(slips))

    sealed = box.seal(shuffled, 12, KEY, "1-1/3")

    assert box.opened(sealed, KEY, "1-1/3") == sorted(slips)
    assert len(sealed) == len(box.seal([], 12, KEY, "1-1/0"))
    assert box.seal(shuffled, 12, KEY, "1-1/3") != sealed


def test_a_box_opens_only_by_its_key_and_label_and_unchanged():
    sealed = box.seal([box.Slip("a" * 32, 0, Choice.FOR)], 2, KEY, "1-1/1")

    for bad, key, label in [
        (sealed, box.key_of("secret", b"other"), "1-1/1"),
        (sealed, box.key_of("other", b"salt"), "1-1/1"),
        (sealed, KEY, "1-1/0"),
        (sealed, KEY, "1-2/1"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), KEY, "1-1/1"),
        (b"", KEY, "1-1/1"),
    ]:
        with pytest.raises(box.Unreadable):
            box.opened(bad, key, label)


def test_more_slips_than_there_is_room_are_refused():
    with pytest.raises(ValueError, match="room for 0"):
        box.seal([box.Slip("a" * 32, 0, Choice.FOR)], 0, KEY, "1-1/1")


def test_a_receipt_is_random_and_read_however_it_is_typed():
    receipts = {box.new_receipt() for _ in range(100)}
    one = receipts.pop()

    assert len(receipts) == 99
    assert box.plain_receipt(one.lower().replace("-", " ")) == one
    for wrong in ("", one[:-1], one + "A", "1" + one[1:], "选票凭证"):
        with pytest.raises(ValueError, match="26 位"):
            box.plain_receipt(wrong)


def test_a_slips_code_can_be_computed_by_anybody():
    assert box.code_of("ABCD", "7-1", "FS-001") == "f3e8e0f68f9c9652e77fcc46a9da2e2d"


def outcomes(votes, quota, attending=3, share="2/3"):
    slips = [(candidate, Choice.FOR) for candidate, yes in votes.items() for _ in range(yes)]
    return count(list(votes), slips, attending=attending, recused={}, share=Fraction(share), quota=quota)


@pytest.mark.parametrize(
    ("votes", "places", "rule", "again"),
    [
        ({1: 3, 2: 3}, 2, TIED, []),
        ({1: 3, 2: 2, 3: 2}, 2, TIED, [2, 3]),
        ({1: 3, 2: 2, 3: 2}, 1, TIED, []),
        ({1: 3, 2: 1}, 2, TIED, []),
        ({1: 3, 2: 1, 3: 0}, 2, TIED_AND_FAILED, [2, 3]),
        ({1: 3, 2: 2, 3: 2, 4: 1}, 2, TIED_AND_FAILED, [2, 3]),
        ({1: 3, 2: 1}, 1, TIED_AND_FAILED, []),
    ],
)
def test_who_is_voted_on_again_follows_the_rule_while_places_are_left(votes, places, rule, again):
    assert next_candidates(outcomes(votes, places), places, rule) == again


def test_those_tied_on_the_line_are_voted_on_again_and_not_those_behind_them():
    found = outcomes({1: 5, 2: 4, 3: 4, 4: 3}, 2, attending=5, share="1/2")

    assert next_candidates(found, 2, TIED) == [2, 3]


def test_a_barred_candidate_is_counted_passes_never_and_is_not_voted_on_again():
    slips = [(1, Choice.FOR)] * 3
    [found] = count([1], slips, attending=3, recused={}, share=Fraction(1), quota=1, barred=frozenset({1}))

    assert (found.yes, found.passed, found.proposed) == (3, False, False)
    assert next_candidates([found], 1, TIED_AND_FAILED, frozenset({1})) == []


def test_against_and_abstentions_are_counted_apart():
    slips = [(1, Choice.FOR), (1, Choice.AGAINST), (1, Choice.AGAINST), (1, Choice.ABSTAIN)]
    [found] = count([1], slips, attending=4, recused={}, share=Fraction(1, 2), quota=1)

    assert (found.yes, found.no, found.abstained, found.passed) == (1, 2, 1, False)


@pytest.mark.parametrize(
    ("slips", "problems"),
    [
        ([(1, "aye"), (1, "abs"), (2, "aye")], []),
        ([(1, "aye"), (2, "aye")], ["应有选票 2 张，实有 1 张"]),
        ([(1, "aye"), (1, "aye"), (2, "aye")], ["同意票多于每人 1 家"]),
        ([(1, "aye"), (1, "abs"), (2, "aye"), (3, "abs")], ["有不在候选名单上的选票"]),
    ],
)
def test_slips_that_cannot_be_the_ballots_of_those_who_voted_are_told(slips, problems):
    assert unsound(slips, 2, {2: 1}, [1, 2], 1) == problems
