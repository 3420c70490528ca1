"""Places to fill, content to print, the window: values in, values out, no database."""

import csv
from datetime import date
from pathlib import Path

import chinese_calendar
import pytest

from awards.publicity import codes, composing, filling
from awards.publicity.texts import default_texts
from awards.publicity.windows import window_from
from foshan_quality.lib.workdays import BeyondCalendar

VECTORS = Path(__file__).with_name("vectors_workdays.csv")
YEAR = {date.fromordinal(n): chinese_calendar.is_workday(date.fromordinal(n)) for n in range(739617, 739982)}


def vectors():
    with VECTORS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", vectors(), ids=lambda row: f"{row['posted_on']} {row['first_day_counted']}")
def test_every_vector_of_working_days_ends_where_it_says(row):
    counted = row["first_day_counted"] == "1"
    rules = {"notice_first_day_counted": counted, "notice_days": int(row["working_days"])}
    posted = date.fromisoformat(row["posted_on"])

    first, last, days = window_from(posted, rules, YEAR)

    assert (last, days) == (date.fromisoformat(row["last_day"]), int(row["working_days"]))
    assert (first - posted).days == (0 if counted else 1)


def test_a_window_past_the_table_is_not_computed():
    with pytest.raises(BeyondCalendar, match="2027-01-01"):
        window_from(date(2026, 12, 29), {"notice_first_day_counted": False, "notice_days": 5}, YEAR)


def test_every_place_is_filled_and_the_values_are_told():
    filled = filling.fill("拟授予 {家数} 家单位{届次}，{家数}。", {"家数": "3", "届次": "第八届", "依据": "x"})

    assert filled == filling.Filled("拟授予 3 家单位第八届，3。", {"家数": "3", "届次": "第八届"})


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{获奖}{届次}{奖金}", ["获奖", "奖金"]),
        ("{届次", ["{"]),
        ("届次}", ["}"]),
        ("{{届次}}", ["{", "}"]),
        ("{届次.__class__}", ["届次.__class__"]),
        ("{}", ["{", "}"]),
    ],
)
def test_a_place_nobody_knows_is_refused_by_name(text, wrong):
    with pytest.raises(filling.UnknownPlaces) as refusal:
        filling.fill(text, {"届次": "第八届"})

    assert refusal.value.places == wrong


def test_what_fills_a_place_is_not_filled_again():
    assert filling.fill("{届次}", {"届次": "{家数}", "家数": "3"}).text == "{家数}"


def test_the_reference_texts_ask_only_for_what_there_is():
    for kind, text in default_texts().items():
        known = filling.OF_NOTICES if kind == "notice" else filling.OF_PAPERS
        assert filling.unknown_places(" ".join(text.values()), known) == []


def test_a_text_is_set_line_by_line_with_its_levels():
    assert composing.paragraphs("根据办法。\n\n一、名单\n（一）拟奖\n 1.某公司 \n十二、其他") == [
        ["text", "根据办法。"],
        ["first", "一、名单"],
        ["second", "（一）拟奖"],
        ["text", "1.某公司"],
        ["first", "十二、其他"],
    ]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("拟奖名单公示", ["拟奖名单公示"]),
        (
            "2026年第八届佛山市政府质量奖拟奖名单公示",
            ["2026年第八届佛山市政府质量奖", "拟奖名单公示"],
        ),
        (
            "关于授予2026年第八届佛山市政府质量奖的通报",
            ["关于授予", "2026年第八届佛山市政府质量奖的通报"],
        ),
        (
            "佛山市市场监督管理局关于审定2026年第八届佛山市政府质量奖拟奖名单的请示",
            ["佛山市市场监督管理局关于审定", "2026年第八届佛山市政府质量奖", "拟奖名单的请示"],
        ),
    ],
)
def test_a_long_title_is_parted_where_a_reader_pauses(title, lines):
    assert composing.title_lines(title) == lines


def test_a_code_has_128_bits_and_is_found_however_it_is_typed():
    code = codes.new_code()

    assert (len(code), codes.new_code() != code) == (26, True)
    assert codes.digest_of(f" {code[:4]}-{code[4:].upper()} ") == codes.digest_of(code)
    assert codes.digest_of("  ") == ""
