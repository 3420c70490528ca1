import re
from decimal import Decimal
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from awards.models import Budget
from foshan_quality.lib.money import CEILING, in_words, yuan

from .vectors import vectors


@pytest.mark.parametrize("line", vectors("money"), ids=lambda line: line["yuan"])
def test_sums_are_written_as_the_bill_rules_write_them(line):
    assert in_words(Decimal(line["yuan"])) == line["words"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.01", "人民币壹分"),
        ("0.10", "人民币壹角"),
        ("0.56", "人民币伍角陆分"),
        ("10", "人民币壹拾元整"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("10000", "人民币壹万元整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("100010000", "人民币壹亿零壹万元整"),
        ("10005000", "人民币壹仟万零伍仟元整"),
        ("999999999999.99", "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_zeros_are_written_where_a_reader_expects_them(amount, words):
    assert in_words(Decimal(amount)) == words


def second_in_words(fen):
    """Another way to the same words: spell every digit with its place, then tidy the zeros by pattern."""
    digits = "零壹贰叁肆伍陆柒捌玖"
    whole, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    padded = f"{whole:012d}"
    spelled = ""
    for group, unit in zip((padded[:4], padded[4:8], padded[8:]), ("亿", "万", ""), strict=True):
        places = "".join(
            digits[int(d)] + (place if d != "0" else "") for d, place in zip(group, "仟佰拾 ", strict=True)
        )
        spelled += "零" if group == "0000" else places.replace(" ", "") + unit
    spelled = re.sub("(零+)([亿万])", r"\2零", spelled)
    spelled = re.sub("零+", "零", spelled).strip("零")
    text = f"{spelled}元" if spelled else ""
    if jiao:
        text += f"{digits[jiao]}角"
    elif rest and text:
        text += "零"
    if rest:
        text += f"{digits[rest]}分"
    if not (jiao or rest):
        text = (text or "零元") + "整"
    return f"人民币{text}"


FEN = st.one_of(
    st.integers(0, 10**14 - 1),
    st.integers(0, 10**6),
    st.lists(st.sampled_from("0000123456789"), min_size=1, max_size=14).map(lambda d: int("".join(d))),
)


@settings(max_examples=300, deadline=None, database=None)
@given(FEN)
@example(0)
@example(10**14 - 1)
def test_words_equal_a_second_implementation_for_the_nastiest_sums(fen):
    assert in_words(Decimal(fen) / 100) == second_in_words(fen)


def test_words_equal_a_second_implementation_for_ten_thousand_random_sums():
    dice = Random(20260318)
    sums = [dice.randrange(10 ** dice.randint(1, 14)) for _ in range(10_000)]

    assert [in_words(Decimal(fen) / 100) for fen in sums] == [second_in_words(fen) for fen in sums]


@pytest.mark.parametrize("amount", [Decimal("-0.01"), CEILING, CEILING + 1])
def test_words_are_refused_outside_what_a_bill_can_say(amount):
    with pytest.raises(ValueError, match="bill amount"):
        in_words(amount)


@pytest.mark.parametrize(
    "value", [1.0, 0.1, float("nan"), "0.001", Decimal("10.005"), "1e-3", "NaN", Decimal("NaN")], ids=repr
)
def test_floats_and_parts_of_a_fen_are_no_money(value):
    with pytest.raises(ValueError, match="not a whole number of fen"):
        yuan(value)


@settings(deadline=None, database=None)
@given(st.integers(-(10**14), 10**14))
def test_whole_fen_stay_exactly_what_they_were(fen):
    text = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"

    assert str(yuan(text)) == text.replace("-0.00", "0.00")
    assert yuan(text) * 100 == fen


def test_ten_million_survives_the_database_to_the_fen(db):
    Budget.objects.create(fund="资金", year=2026, total=yuan("999999999999.99"), reserved="0.01", document="文")

    assert Budget.objects.values_list("total", "reserved").get() == (Decimal("999999999999.99"), Decimal("0.01"))
