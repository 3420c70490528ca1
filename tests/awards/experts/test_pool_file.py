"""The pool as a workbook: what its rows say, tried before anything is written, taken in whole, out again."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from awards.experts import lists, pool_actions
from awards.experts.lists import COLUMNS, HEADINGS, Account, tried
from awards.experts.queries import pool_sheet, sample_sheet
from awards.models import Expert, Interest
from enterprises.models import AuditEvent
from foshan_quality.lib.sheets import XLSX
from foshan_quality.permissions import Permission, Role
from tests import given
from tests.desk import begin_url, list_url, office
from tests.enterprises.credit.books import book, upload
from tests.steps import check_duty, no_trace, refused

HEADER = [["s", column.heading] for column in COLUMNS]
KNOWN = lists.FIRST | {"employer": "甲大学", "fields": "家电", "district_code": "440605"}
ACCOUNTS = {"a@x.cn": Account(1, "张三"), "b@x.cn": Account(2, "李四", KNOWN), "d@x.cn": Account(4, "赵六")}


def cells(**facts):
    return [["s", facts[column.fact]] if facts.get(column.fact) else None for column in COLUMNS]


def trial(*rows):
    return tried([[1, HEADER], *[[number, row] for number, row in enumerate(rows, 2)]], ACCOUNTS)


# --- row by row, without a database -------------------------------------------------------------------


def test_a_row_enters_somebody_or_changes_what_it_says_and_erases_nothing():
    found = trial(
        cells(email="A@x.cn", name="张三", employer="乙大学", fields="装备 制造，质量管理", may_head="否"),
        cells(email="b@x.cn", name="李四", employer="丙大学", district_code="市外"),
    )

    assert found.flaws == []
    assert [(line.outcome, line.changes) for line in found.lines] == [
        ("新增", [("工作单位", "", "乙大学"), ("专业领域", "", "装备、制造、质量管理"), ("可任组长", "", "否")]),
        ("更新", [("工作单位", "甲大学", "丙大学"), ("所在区", "南海区", "市外")]),
    ]
    assert [line.account.key for line in found.renamed] == [2]
    assert found.counts == [("新增", 1), ("更新", 1), ("没有变化", 0), ("不能读入", 0)]
    assert trial(cells(email="b@x.cn", name="李四", employer="甲大学")).written == []


def test_all_flaws_of_a_row_are_named_at_once():
    [first, second] = trial(cells(email="a@x.cn", name="王五", employer="乙大学", district_code="东莞")).flaws

    assert [first.column, second.column] == ["所在区", "姓名"]


@pytest.mark.parametrize(
    ("facts", "column", "what"),
    [
        ({"email": "c@x.cn"}, "邮箱", "没有用 c@x.cn 的评审专家账号"),
        ({"name": "王五"}, "姓名", "与账号不符：该邮箱的账号姓名是“张三”"),
        ({"employer": ""}, "工作单位", "没有填"),
        ({"employer": "大" * 121}, "工作单位", "有 121 个字，超过 120 个字"),
        ({"employer_code": "123"}, "工作单位信用代码", "统一社会信用代码应为 18 位，现为 3 位"),
        ({"district_code": "东莞"}, "所在区", "“东莞”不认识"),
        ({"may_head": "可以"}, "可任组长", "“可以”不认识"),
    ],
)
def test_every_flaw_of_a_row_says_where_it_is_and_what_to_do(facts, column, what):
    [flaw] = trial(cells(**{"email": "a@x.cn", "name": "张三", "employer": "乙大学"} | facts)).flaws

    assert (flaw.row, flaw.column) == (2, column)
    assert flaw.what.startswith(what[:8])
    assert flaw.remedy


def test_a_formula_a_number_for_a_code_and_a_second_row_of_one_person_are_not_guessed():
    row = cells(email="a@x.cn", name="张三", employer="乙大学")
    formula = [["s", "b@x.cn"], ["s", "李四"], ["f", "=A1"], *row[3:]]
    number = [["s", "d@x.cn"], ["s", "赵六"], row[2], ["n", "914406000000000000"], *row[4:]]

    found = trial(row, row, formula, number)

    assert [(flaw.row, flaw.column) for flaw in found.flaws] == [(3, "邮箱"), (4, "工作单位"), (5, "工作单位信用代码")]


# --- tried and taken in -------------------------------------------------------------------------------


@pytest.fixture
def people(db):
    """Somebody of the pool and somebody who only holds the role."""
    return given.pooled("甲大学"), given.person("新专家", Role.EXPERT)


def line(user, employer, **facts):
    row = {"email": user.email, "name": user.name, "employer": employer} | facts
    return [row.get(column.fact) for column in COLUMNS]


def file(*rows):
    return upload(book(*rows, headings=[column.heading for column in COLUMNS]), "专家.xlsx")


def take(by, found):
    return pool_actions.take_in_pool(by=by, parcel=found.parcel, seen=found.trial.seen)


def test_a_file_is_tried_without_a_trace_and_then_written_as_one(people, secretary):
    known, new = people
    with no_trace(known.expert):
        found = pool_actions.try_pool(
            by=secretary, upload=file(line(known, "乙大学", fields="机械"), line(new, "丙大学", district_code="顺德区"))
        )

    take(secretary, found)

    entries = Expert.objects.order_by("pk").values_list("user", "employer", "district_code")
    assert list(entries) == [(known.pk, "乙大学", ""), (new.pk, "丙大学", "440606")]
    assert Interest.objects.get().organisation_name == "甲大学"
    assert [e.verb for e in AuditEvent.objects.order_by("seq")] == ["enrol_expert", "enrol_expert", "take_in_pool"]
    with refused("试算之后账号或专家库有变化，结果已经不同。没有写入任何一行，请重新上传试算。"):
        take(secretary, found)


def test_nothing_is_written_while_a_row_is_wrong_or_the_report_is_another_one(people, secretary, stranger):
    known, new = people
    wrong = pool_actions.try_pool(by=secretary, upload=file(line(new, "丙大学"), line(stranger, "丁大学")))
    right = pool_actions.try_pool(by=secretary, upload=file(line(new, "丙大学")))
    stale = "试算之后账号或专家库有变化，结果已经不同。没有写入任何一行，请重新上传试算。"

    assert [flaw.row for flaw in wrong.trial.flaws] == [3]
    with refused(stale, untouched=[known.expert]):
        take(secretary, wrong)
    with refused(stale):
        pool_actions.take_in_pool(by=secretary, parcel=right.parcel, seen="x")
    with refused("试算结果已失效。没有写入任何一行，请重新上传试算。"):
        take(given.secretary(), right)
    with refused("file"):
        pool_actions.try_pool(by=secretary, upload=upload(book(headings=["邮箱"])))
    same = pool_actions.try_pool(by=secretary, upload=file(line(known, "甲大学")))
    with refused("文件里没有新的或有变化的专家。没有写入。"):
        take(secretary, same)
    check_duty(Permission.REVIEW_ASSIGN, lambda by: take(by, right))
    check_duty(Permission.REVIEW_ASSIGN, lambda by: pool_actions.try_pool(by=by, upload=file(line(new, "丙大学"))))


def test_an_update_by_file_ends_the_seats_that_the_new_employer_forbids(db):
    season = given.walk_to("panelled", firms=1)
    case, expert = season.applications[0], season.experts[1]
    client = office(season.secretary)

    report = client.post(
        begin_url(Expert, "import"), {"upload": file(line(expert, case.organisation.name))}
    ).context_data["result"]
    answer = client.post(begin_url(Expert, "take"), {"parcel": report.parcel, "seen": report.trial.seen})

    assert answer.status_code == 302
    assert case.assignments.get(expert=expert).state == "recused"


# --- in the office ------------------------------------------------------------------------------------


def test_the_list_offers_sample_and_export_and_what_goes_out_can_come_in(people, secretary):
    Expert.objects.update(title="=1+1", employer_group='@SUM("x")')
    client = office(secretary)

    page = client.get(list_url(Expert)).content.decode()
    answer = client.get(reverse("admin:awards_expert_export"))
    sheet = load_workbook(io.BytesIO(answer.content)).active

    assert begin_url(Expert, "import") in page
    assert begin_url(Expert, "take") not in page
    assert answer["Content-Type"] == XLSX
    assert {cell.data_type for cell in sheet[2] if cell.value} <= {"s", "inlineStr"}
    assert [cell.value for cell in sheet[2]][2:9] == ["甲大学", None, '@SUM("x")', "市外", "=1+1", "机械", "是"]
    back = pool_actions.try_pool(by=secretary, upload=upload(answer.content))
    assert (back.trial.flaws, back.trial.written) == ([], [])
    assert AuditEvent.objects.get(verb="export_pool").details == {"experts": 1}


def test_the_sample_has_the_headings_of_the_import():
    header = [cell.value for cell in load_workbook(io.BytesIO(sample_sheet())).active[1]]

    assert [heading.rstrip("*") for heading in header] == list(HEADINGS.values())


def test_the_report_says_row_by_row_what_would_happen(people, secretary, stranger):
    known, new = people
    rows = [line(known, "乙大学"), line(new, "丙大学"), line(stranger, "丁大学")]

    wrong = office(secretary).post(begin_url(Expert, "import"), {"upload": file(*rows)}).content.decode()
    right = office(secretary).post(begin_url(Expert, "import"), {"upload": file(*rows[:2])}).content.decode()

    assert "一行也没有写入" in wrong
    assert "写入这" not in wrong
    assert "写入这 2 名专家" in right
    assert "变更工作单位的，原单位自动记为曾任职" in right


@pytest.mark.parametrize("experts", [1, 3])
def test_an_export_takes_one_query_at_any_size(db, experts, django_assert_num_queries):
    for _ in range(experts):
        given.pooled()

    with django_assert_num_queries(1):
        pool_sheet(Expert.objects.select_related("user"))
