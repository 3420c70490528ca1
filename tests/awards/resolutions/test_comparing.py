"""The names in a document against the proposed list, and a workbook of past laureates."""

from datetime import date

import pytest

from awards.resolutions.comparing import Candidate, compare, names_in, problems_of
from awards.resolutions.reading import HEADINGS, headings_problem, read

KESHUN, LINGWANG, JIANYI = "科顺防水科技股份有限公司", "菱王电梯有限公司", "广东简一（集团）陶瓷有限公司"
LIST = [Candidate(1, KESHUN), Candidate(2, LINGWANG), Candidate(3, JIANYI)]


def codes(names, because=""):
    return [p.code for p in problems_of(compare(names, LIST), fewer_because=because)]


def test_the_same_names_in_any_order_agree():
    compared = compare([JIANYI, KESHUN, LINGWANG], LIST)

    assert (compared.agrees, dict(compared.both)) == (True, {3: JIANYI, 1: KESHUN, 2: LINGWANG})


def test_brackets_and_spaces_may_be_written_either_way_and_the_honour_takes_the_registered_spelling():
    compared = compare(["广东简一(集团) 陶瓷有限公司", KESHUN, LINGWANG], LIST)

    assert (compared.agrees, dict(compared.both)[3]) == (True, JIANYI)


def test_a_missing_sign_is_a_difference_and_the_slip_is_named():
    compared = compare(["顺防水科技股份有限公司", LINGWANG, JIANYI], LIST)

    assert compared.slips == (("顺防水科技股份有限公司", KESHUN),)
    assert KESHUN in problems_of(compared, fewer_because="未批准")[0].text


@pytest.mark.parametrize(
    ("names", "because", "expected"),
    [
        ([KESHUN, LINGWANG, JIANYI], "", []),
        ([KESHUN, LINGWANG], "", ["fewer"]),
        ([KESHUN, LINGWANG], "未予通过", []),
        ([KESHUN, LINGWANG, JIANYI, "别的公司"], "未予通过", ["strange"]),
        ([KESHUN, KESHUN, LINGWANG, JIANYI], "", ["repeated"]),
        ([], "都没有", ["no_names"]),
    ],
)
def test_more_names_never_and_fewer_only_with_a_reason(names, because, expected):
    assert codes(names, because) == expected


def test_a_pasted_list_loses_its_numbers_and_marks_and_nothing_else():
    text = "1. 科顺防水科技股份有限公司；\n（二）菱王电梯有限公司\n\n三、3D打印有限公司\n4、360安全公司。"

    assert names_in(text) == [KESHUN, LINGWANG, "3D打印有限公司", "360安全公司"]


# --- past laureates -----------------------------------------------------------------------------------


def sheet(*lines):
    return [[1, [["s", h] for h in HEADINGS]]] + [
        [row, [["s", text] if text else None for text in line]] for row, line in enumerate(lines, 2)
    ]


def test_lines_are_read_and_what_is_wrong_with_others_is_said_for_each():
    rows = sheet(
        ("省政府质量奖", "2015", "蒙娜丽莎集团股份有限公司", "2015-12-01", "某公告", ""),
        ("省政府质量奖", "2015", "蒙娜丽莎集团股份有限公司", "", "某公告", ""),
        ("不存在的奖", "15", "", "2015年", "", ""),
        ("省政府质量奖", "2031", "某公司", "", "某公告", ""),
    )

    lines, flaws = read(rows, {"省政府质量奖"}, date(2026, 8, 1))

    assert [(line.row, line.year, line.announced_on) for line in lines] == [(2, 2015, date(2015, 12, 1))]
    assert dict(flaws) == {
        3: "与第 2 行重复",
        4: "缺少获奖单位；缺少来源；没有“不存在的奖”这种荣誉，可填：省政府质量奖；年度应为四位数字；"
        "公布日期应写作 2021-09-17",
        5: "年度晚于今年",
    }


def test_a_formula_is_not_read():
    rows = sheet(("省政府质量奖", "2015", "某公司", "", "某公告", ""))
    rows[1][1][2] = ["f", "=A1"]

    assert read(rows, {"省政府质量奖"}, date(2026, 8, 1))[1] == [(2, "有公式或错误值，请粘贴为数值")]


def test_missing_headings_are_named():
    assert headings_problem([["s", "荣誉"], None]) == (
        "第一行缺少标题：年度、获奖单位、公布日期、来源、说明。没有读取，请用样表填写后上传。"
    )
