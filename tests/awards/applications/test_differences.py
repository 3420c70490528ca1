"""Two versions beside each other: what is folded away is counted, what differs is never folded."""

from hypothesis import given as any_of
from hypothesis import strategies as st

from awards.applications.differences import CONTEXT, shortened
from awards.applications.history import compare
from awards.applications.points import places
from awards.applications.sections import DOCUMENTS, INDICATORS, PROFILE

WORDS = st.lists(st.sampled_from(["质量", "改进。", "顾客", "2025 年", "\n", "长" * 90]), max_size=12).map("".join)


@any_of(WORDS, WORDS)
def test_what_is_shown_and_what_is_left_out_make_up_both_texts(old, new):
    folded = shortened(compare(old, new))

    lengths = {kind: sum(int(t) if k == "cut" else len(t) for k, t in folded if k == kind) for kind, _ in folded}
    same = lengths.get("same", 0) + lengths.get("cut", 0)
    assert same + lengths.get("del", 0) == len(old)
    assert same + lengths.get("ins", 0) == len(new)


@any_of(WORDS, WORDS)
def test_every_change_is_shown_whole(old, new):
    passages = compare(old, new)

    assert [p for p in shortened(passages) if p[0] in {"del", "ins"}] == [p for p in passages if p[0] != "same"]


def test_only_long_unchanged_passages_are_folded():
    head, tail = "前" * (CONTEXT * 3), "后" * (CONTEXT + 1)

    assert shortened([("same", head), ("ins", "新"), ("same", tail)]) == [
        ("cut", str(CONTEXT * 2)),
        ("same", "前" * CONTEXT),
        ("ins", "新"),
        ("same", tail),
    ]


def test_no_two_places_of_the_dossier_share_a_key():
    keys = [field.key for field in (*PROFILE, *INDICATORS, *DOCUMENTS)]

    assert list(places([])) == keys
    assert len(set(keys)) == len(keys)
