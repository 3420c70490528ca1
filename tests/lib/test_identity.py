import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foshan_quality.lib.identity import credit_code_problem, is_credit_code_shaped, masked, tidy_credit_code

from .vectors import vectors

CODE = "91440605MA00000009"
BAD_DIGIT = "统一社会信用代码的校验位不正确，请对照营业执照核对。"


@pytest.mark.parametrize("line", vectors("credit_code"), ids=lambda line: line["credit_code"])
def test_known_codes_pass_or_fail_their_check_digit(line):
    problem = credit_code_problem(line["credit_code"])

    assert problem == ("" if line["checksum_ok"] == "1" else BAD_DIGIT)
    assert is_credit_code_shaped(line["credit_code"]) is True


@settings(deadline=None, database=None)
@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_changing_any_one_character_is_noticed(place, character):
    changed = CODE[:place] + character + CODE[place + 1 :]

    assert (credit_code_problem(changed) == "") is (changed == CODE)


@pytest.mark.parametrize(
    "typed",
    [
        "".join(chr(ord(character) + 0xFEE0) for character in CODE),
        "91440605ma00000009",
        " 9144 0605 MA00 0000 09 ",
        "91440605-MA00000009",
        "91440605－ｍａ００００００　０９",
        "91440605MA00000009\n",
    ],
    ids=["full width", "lower case", "spaces", "dash", "all at once", "line end"],
)
def test_codes_are_tidied_as_people_type_them(typed):
    assert tidy_credit_code(typed) == CODE


def test_a_code_of_the_wrong_length_is_told_its_length():
    assert credit_code_problem(CODE[:-1]) == "统一社会信用代码应为 18 位，现为 17 位。"
    assert credit_code_problem("") == "统一社会信用代码应为 18 位，现为 0 位。"


@pytest.mark.parametrize(
    "code", [CODE[:-1], CODE + "0", CODE.replace("M", "I"), CODE.replace("M", "O"), "9144060AMA00000009", "广" * 18]
)
def test_codes_with_impossible_characters_are_not_shaped_like_one(code):
    assert is_credit_code_shaped(code) is False
    assert credit_code_problem(code) != ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [("6222000000001234", "************1234"), ("12345", "*2345"), ("1234", "****"), ("12", "**"), ("", "")],
)
def test_only_the_tail_of_a_long_enough_number_is_shown(text, shown):
    assert masked(text) == shown


def test_a_head_may_be_shown_too():
    assert masked("13800138000", head=3) == "138****8000"


@settings(deadline=None, database=None)
@given(st.text(max_size=40))
def test_masking_keeps_the_length_and_shows_at_most_four(text):
    shown = masked(text)

    assert len(shown) == len(text)
    assert shown in {"*" * len(text), "*" * (len(text) - 4) + text[-4:]}
