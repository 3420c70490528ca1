"""What credit records mean on a day, and how the rows of a workbook are read. Pure."""

from dataclasses import dataclass
from datetime import date

import pytest

from enterprises.credit.comparing import compare
from enterprises.credit.kinds import Kind, Level
from enterprises.credit.reading import COLUMNS, Registered, read
from enterprises.credit.standing import Standing, Veto, look_back, standing
from foshan_quality.lib.tables import headings_problem
from tests import given

TODAY = date(2026, 3, 18)
EVERY_KIND = Veto(since=date(2023, 4, 30), kinds=frozenset(Kind), level=Level.MAJOR)
NOBODY = Registered({}, {})


@dataclass(frozen=True)
class Row:
    kind: str = Kind.PENALTY
    decided_on: date = date(2025, 6, 1)
    level: str = ""
    ends_on: date | None = None
    repaired_on: date | None = None
    is_void: bool = False


def sorted_out(row, day=TODAY, veto=EVERY_KIND):
    """veto, note or nothing: what one record is on the day."""
    found = standing([row], day, veto)
    return {(1, 0): "veto", (0, 1): "note", (0, 0): ""}[len(found.vetoes), len(found.notes)]


# --- standing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided_on", "what"),
    [
        (date(2023, 4, 29), ""),
        (date(2023, 4, 30), "veto"),
        (date(2026, 3, 18), "veto"),
        (date(2026, 3, 19), ""),
    ],
)
def test_a_record_counts_from_the_first_day_of_the_look_back_to_the_day_asked(decided_on, what):
    assert sorted_out(Row(decided_on=decided_on)) == what


@pytest.mark.parametrize(
    ("level", "what"),
    [(Level.ORDINARY, "note"), (Level.SERIOUS, "note"), (Level.MAJOR, "veto"), (Level.EXTREME, "veto")],
)
def test_an_accident_rules_out_from_the_level_of_the_rules_on(level, what):
    assert sorted_out(Row(Kind.ACCIDENT, level=level)) == what


def test_a_kind_the_rules_do_not_name_is_only_noted():
    veto = Veto(since=date(2023, 1, 1), kinds=frozenset({Kind.CRIME}), level=Level.MAJOR)

    assert (sorted_out(Row(Kind.CRIME), veto=veto), sorted_out(Row(Kind.PENALTY), veto=veto)) == ("veto", "note")


@pytest.mark.parametrize(("when_repaired", "what"), [(True, "veto"), (False, "note")])
def test_whether_a_repaired_record_rules_out_is_a_rule(when_repaired, what):
    veto = Veto(date(2023, 4, 30), frozenset(Kind), Level.MAJOR, when_repaired)

    assert sorted_out(Row(repaired_on=date(2026, 1, 1)), veto=veto) == what
    assert sorted_out(Row(repaired_on=date(2026, 3, 19)), veto=veto) == "veto"  # not yet repaired that day


@pytest.mark.parametrize(
    ("ends_on", "repaired_on", "what"),
    [
        (None, None, "veto"),
        (date(2023, 4, 29), None, ""),
        (date(2023, 4, 30), None, "veto"),
        (None, date(2023, 4, 1), ""),
        (date(2027, 1, 1), date(2023, 4, 1), ""),
    ],
)
def test_grave_dishonesty_counts_as_long_as_it_is_listed(ends_on, repaired_on, what):
    row = Row(Kind.DISHONESTY, date(2019, 1, 1), ends_on=ends_on, repaired_on=repaired_on)

    assert sorted_out(row) == what


def test_a_withdrawn_record_counts_for_nothing_and_no_record_is_a_clear_standing():
    assert sorted_out(Row(is_void=True)) == ""
    assert standing([], TODAY, EVERY_KIND) == Standing([], [])


def test_records_come_newest_first():
    rows = [Row(decided_on=date(2024, 1, day)) for day in (2, 9, 5)]

    assert [row.decided_on.day for row in standing(rows, TODAY, EVERY_KIND).vetoes] == [9, 5, 2]


@pytest.mark.parametrize(
    ("value", "day", "first"),
    [
        (3, date(2026, 4, 30), date(2023, 4, 30)),
        (3, date(2024, 2, 29), date(2021, 2, 28)),
        (4, date(2024, 2, 29), date(2020, 2, 29)),
        (date(2021, 1, 1), date(2026, 4, 30), date(2021, 1, 1)),
    ],
)
def test_the_look_back_is_a_number_of_years_or_a_fixed_day(value, day, first):
    assert look_back(value, day) == first


# --- reading ----------------------------------------------------------------------------------------------

HEADER = [["s", column.heading] for column in COLUMNS]
CODE = given.credit_code()
GOOD = {
    "credit_code": ["s", CODE],
    "name": ["s", "佛山市某某机械有限公司"],
    "kind": ["s", "行政处罚"],
    "number": ["s", "佛样监处罚〔2026〕1号"],
    "authority": ["s", "某局"],
    "decided_on": ["d", "2026-02-03"],
    "source": ["s", "公共信用信息报告"],
}


def row(at=2, **cells):
    facts = GOOD | cells
    return [at, [facts.get(column.fact) for column in COLUMNS]]


def taken(*rows, registered=NOBODY):
    return read([[1, HEADER], *rows], TODAY, registered)


def flaws_of(*rows, registered=NOBODY):
    return [(flaw.row, flaw.column, flaw.what) for flaw in taken(*rows, registered=registered)[1]]


def test_a_good_row_is_read_and_what_it_leaves_blank_is_missing():
    (entry,), flaws = taken(row())

    assert flaws == []
    assert entry.facts == {
        "credit_code": CODE,
        "name": "佛山市某某机械有限公司",
        "kind": Kind.PENALTY,
        "number": "佛样监处罚〔2026〕1号",
        "authority": "某局",
        "decided_on": date(2026, 2, 3),
        "source": "公共信用信息报告",
    }


def test_full_width_digits_blanks_and_dashes_in_code_and_number_are_plain():
    wide = "".join(chr(ord(c) + 0xFEE0) for c in CODE)

    (entry,), _flaws = taken(row(credit_code=["s", f" {wide} "], number=["s", "佛监罚（２０２６） 1号"]))

    assert entry.key == (CODE, Kind.PENALTY, "佛监罚（2026）1号")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (["d", "2026-02-03"], date(2026, 2, 3)),
        (["s", "2026年2月3日"], date(2026, 2, 3)),
        (["s", "２０２６．２．３"], date(2026, 2, 3)),
        (["s", "2026/02/03"], date(2026, 2, 3)),
        (["n", "20260203"], date(2026, 2, 3)),
    ],
)
def test_days_are_read_as_people_write_them(cell, day):
    (entry,), _flaws = taken(row(decided_on=cell))

    assert entry.facts["decided_on"] == day


WRONG_DIGIT = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("cells", "column", "what"),
    [
        ({"credit_code": ["n", "914406000000000000"]}, "统一社会信用代码", "是数字，末几位可能已经丢失"),
        ({"credit_code": ["s", "9144"]}, "统一社会信用代码", "统一社会信用代码应为 18 位，现为 4 位"),
        (
            {"credit_code": ["s", WRONG_DIGIT]},
            "统一社会信用代码",
            "统一社会信用代码的校验位不正确，请对照营业执照核对",
        ),
        ({"name": ["f", "=A1"]}, "单位名称", "是公式，不能确认内容"),
        ({"name": ["e", "#REF!"]}, "单位名称", "是错误值 #REF!"),
        ({"name": None}, "单位名称", "没有填"),
        ({"name": ["s", "长" * 121]}, "单位名称", "有 121 个字，超过 120 个字"),
        ({"kind": ["s", "罚款"]}, "类别", "“罚款”不认识"),
        ({"kind": ["s", "事故"]}, "事故等级", "类别为“事故”而没有填等级"),
        ({"level": ["s", "重大"]}, "事故等级", "类别不是“事故”，不应有等级"),
        ({"decided_on": ["n", "46099"]}, "作出日期", "“46099”不是日期"),
        ({"decided_on": ["s", "2026-02-30"]}, "作出日期", "“2026-02-30”不是日期"),
        ({"decided_on": ["d", "2026-03-19"]}, "作出日期", "2026-03-19 晚于今天"),
        ({"repaired_on": ["d", "2026-02-02"]}, "修复日期", "2026-02-02 早于作出日期 2026-02-03"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_what(cells, column, what):
    assert flaws_of(row(**cells)) == [(2, column, what)]


def test_every_flaw_of_a_row_is_said_at_once():
    assert [column for _row, column, _what in flaws_of(row(name=None, kind=["s", "?"], source=None))] == [
        "类别",
        "单位名称",
        "来源",
    ]


def test_a_name_must_be_one_that_the_registered_organisation_bears_or_bore():
    registered = Registered({CODE: {"佛山市某某机械有限公司", "佛山市旧名机械厂"}}, {})

    assert flaws_of(row(name=["s", "佛山市旧名机械厂"]), registered=registered) == []
    assert flaws_of(row(name=["s", "别的公司"]), registered=registered) == [
        (2, "单位名称", "与代码不符：这个代码在平台登记为“佛山市旧名机械厂”")
    ]


def test_a_registered_name_under_another_code_is_a_flaw():
    registered = Registered({}, {"佛山市某某机械有限公司": "91000000MA00000000"})

    assert flaws_of(row(), registered=registered) == [
        (2, "统一社会信用代码", "与名称不符：这个名称在平台登记的代码是 91000000MA00000000")
    ]


def test_a_doubted_code_is_taken_when_an_organisation_is_registered_with_it():
    registered = Registered({WRONG_DIGIT: {"佛山市某某机械有限公司"}}, {})

    assert flaws_of(row(credit_code=["s", WRONG_DIGIT]), registered=registered) == []


def test_a_repeated_row_counts_once_and_rows_that_disagree_not_at_all():
    same, flaws = taken(row(2), row(3))
    differing, more = taken(row(2), row(3, authority=["s", "另一局"]), row(4, number=["s", "另一号"]))

    assert ([e.row for e in same], [(f.row, f.what) for f in flaws]) == ([2], [(3, "与第 2 行完全相同")])
    assert ([e.row for e in differing], [f.row for f in more]) == ([4], [2, 3])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: h[1:], "缺少列“统一社会信用代码”"),
        (lambda h: [*h, ["s", "金额"]], "有样表里没有的列“金额”"),
        (lambda h: [*h, ["s", "来源"]], "有重复的列“来源”"),
    ],
)
def test_headings_that_do_not_fit_are_named(change, said):
    assert said in headings_problem(change(HEADER), COLUMNS)


def test_headings_fit_in_any_order_starred_or_not():
    assert headings_problem([["s", f" {text}* "] for _kind, text in reversed(HEADER)], COLUMNS) == ""


# --- comparing --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    pk: int = 1
    name: str = "佛山市某某机械有限公司"
    level: str = ""
    authority: str = "某局"
    decided_on: date = date(2026, 2, 3)
    published_on: date | None = None
    ends_on: date | None = None
    repaired_on: date | None = None
    summary: str = ""
    source: str = "公共信用信息报告"
    is_void: bool = False


def trial(chain, **cells):
    entries, flaws = taken(row(**cells))
    return compare("digest", entries, flaws, {entries[0].key: chain} if chain else {}, TODAY)


def numbers(report):
    return len(report.new), len(report.changed), len(report.unchanged), report.unreadable


def test_a_row_is_new_known_or_changed():
    assert numbers(trial([])) == (1, 0, 0, 0)
    assert numbers(trial([Known()])) == (0, 0, 1, 0)
    assert numbers(trial([Known(authority="另一局")])) == (0, 1, 0, 0)


def test_a_blank_cell_erases_nothing():
    report = trial([Known(summary="罚款", repaired_on=date(2026, 3, 1))], authority=["s", "另一局"])

    assert report.changed[0].differences == [("authority", "某局", "另一局")]
    assert report.changed[0].facts["repaired_on"] == date(2026, 3, 1)


def test_what_a_record_said_before_its_correction_is_known():
    assert numbers(trial([Known(), Known(pk=2, authority="更正后的机关")])) == (0, 0, 1, 0)
    assert numbers(trial([Known(), Known(pk=2, is_void=True)])) == (0, 0, 1, 0)


def test_a_withdrawn_record_is_not_revived_by_a_file():
    report = trial([Known(), Known(pk=2, is_void=True)], authority=["s", "另一局"])

    assert numbers(report) == (0, 0, 0, 1)
    assert report.flaws[0].what == "这条记录已作废，而内容又有不同"


def test_days_that_contradict_what_is_known_are_a_flaw():
    report = trial([Known(decided_on=date(2025, 1, 1), ends_on=date(2025, 6, 1))])

    assert numbers(report) == (0, 0, 0, 1)


def test_another_outcome_has_another_digest():
    assert len({trial([]).seen, trial([Known()]).seen, trial([Known(authority="另一局")]).seen}) == 3
