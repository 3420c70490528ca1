"""Credit records: entered, corrected, repaired and withdrawn by rows that replace; imported whole or not at all."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from enterprises.audit import actions as audit
from enterprises.credit import actions
from enterprises.credit.kinds import Kind
from enterprises.credit.queries import records_of, report_of, report_sheet, sample_sheet
from enterprises.models import AuditEvent, CreditImport, CreditRecord
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.lib.sheets import xlsx_bytes
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by

from .books import HEADINGS, book, line, upload, with_part, with_sheet

pytestmark = pytest.mark.usefixtures("db", "spring")
FACTS = {
    "kind": Kind.PENALTY,
    "level": "",
    "number": "佛样监处罚〔2026〕1号",
    "authority": "佛山市某局",
    "decided_on": date(2026, 2, 3),
    "published_on": None,
    "ends_on": None,
    "repaired_on": None,
    "summary": "",
    "source": "公共信用信息报告",
}


@pytest.fixture
def facts(organisation):
    return FACTS | {"credit_code": organisation.credit_code, "name": organisation.name}


@pytest.fixture
def record(facts, secretary):
    return actions.enter(by=secretary, **facts)


def newest():
    return list(CreditRecord.objects.newest().order_by("pk"))


def last_verb():
    return AuditEvent.objects.latest("seq").verb


# --- one record -------------------------------------------------------------------------------------------


def test_a_record_is_entered_with_its_code_and_number_tidied(facts, secretary):
    wide = facts | {"credit_code": f" {facts['credit_code'].lower()} ", "number": "佛样监处罚〔２０２６〕 1号"}

    record = actions.enter(by=secretary, **wide)

    assert (record.credit_code, record.number) == (facts["credit_code"], FACTS["number"])
    assert records_of([record.credit_code]) == {record.credit_code: [record]}
    assert last_verb() == "enter_credit"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"credit_code": "91"}, "credit_code"),
        ({"name": "别的公司"}, "name"),
        ({"kind": Kind.ACCIDENT}, "level"),
        ({"level": "major"}, "level"),
        ({"decided_on": date(2026, 3, 19)}, "decided_on"),
        ({"ends_on": date(2026, 1, 1)}, "ends_on"),
    ],
)
def test_facts_that_do_not_hold_together_are_refused_at_their_field(facts, secretary, change, field):
    with no_trace(), pytest.raises(Refused) as refusal:
        actions.enter(by=secretary, **facts | change)

    assert [problem.where for problem in refusal.value.problems] == [field]
    assert not CreditRecord.objects.exists()


def test_the_same_document_is_not_entered_twice(record, facts, secretary):
    with refused("duplicate", untouched=[record]):
        actions.enter(by=secretary, **facts)


def test_a_correction_is_a_new_row_and_the_old_one_stays(record, secretary):
    newer = actions.correct(record, by=secretary, reason="见更正决定", **given_facts(record, authority="另一局"))

    assert [r.authority for r in CreditRecord.objects.order_by("pk")] == ["佛山市某局", "另一局"]
    assert (newer.replaces, newest()) == (record, [newer])
    assert AuditEvent.objects.latest("seq").details["changes"] == {"authority": ["佛山市某局", "另一局"]}


def given_facts(record, **changes):
    names = ("name", "level", "authority", "decided_on", "published_on", "ends_on", "repaired_on", "summary", "source")
    return {name: getattr(record, name) for name in names} | changes


def test_a_correction_that_changes_nothing_or_gives_no_reason_is_refused(record, secretary):
    with refused("内容与现有记录相同，没有改动。", untouched=[record]):
        actions.correct(record, by=secretary, reason="理由", **given_facts(record))
    with refused("reason", untouched=[record]):
        actions.void(record, by=secretary, reason=" ")


def test_a_row_already_replaced_is_not_replaced_again(record, secretary):
    actions.void(record, by=secretary, reason="登记错误")

    with no_trace(record), pytest.raises(WrongState):
        actions.repair(record, by=secretary, repaired_on=date(2026, 3, 1), reason="某决定")


def test_a_repair_is_noted_with_its_day_and_a_withdrawal_takes_the_record_out(record, secretary):
    repaired = actions.repair(record, by=secretary, repaired_on=date(2026, 3, 1), reason="信用修复决定")
    assert [r.repaired_on for r in records_of([record.credit_code])[record.credit_code]] == [date(2026, 3, 1)]

    actions.void(repaired, by=secretary, reason="同名单位，登记错误")

    assert records_of([record.credit_code]) == {}


def test_a_withdrawn_record_is_in_force_again_by_a_correction(record, secretary):
    gone = actions.void(record, by=secretary, reason="登记错误")

    back = actions.correct(gone, by=secretary, reason="核实无误", **given_facts(gone))

    assert records_of([record.credit_code]) == {record.credit_code: [back]}


def test_only_the_secretariat_enters_changes_and_imports(record, secretary, facts):
    batch = actions.take_in(by=secretary, upload=upload(book(line("另一号"))))
    enter = facts | {"number": "第三号"}
    acts = [
        lambda by: actions.enter(by=by, **enter),
        lambda by: actions.void(record, by=by, reason="理由"),
        lambda by: actions.take_in(by=by, upload=upload(book(line()))),
        lambda by: actions.import_file(batch, by=by, seen=report_of(batch).seen),
        lambda by: actions.drop(batch, by=by, reason="理由"),
    ]

    for act in acts:
        check_duty(Permission.CREDIT_ENTER, act, record, batch)
    check_duty(Permission.CREDIT_VIEW, lambda by: actions.log_export(by=by, what="全部", count=1))


# --- a workbook -------------------------------------------------------------------------------------------


def tried(secretary, *rows, **kwargs):
    batch = actions.take_in(by=secretary, upload=upload(book(*rows, **kwargs)))
    return batch, report_of(batch)


def numbers(report):
    return len(report.new), len(report.changed), len(report.unchanged), report.unreadable


def imported(secretary, *rows):
    batch, report = tried(secretary, *rows)
    return actions.import_file(batch, by=secretary, seen=report.seen)


def test_a_trial_writes_no_record_and_the_import_writes_what_it_promised(secretary, organisation):
    batch, report = tried(secretary, line(of=organisation), line("二号", credit_code="9144"))
    assert (numbers(report), CreditRecord.objects.count()) == ((1, 0, 0, 1), 0)

    done = actions.import_file(batch, by=secretary, seen=report.seen)

    record = CreditRecord.objects.get()
    assert (record.batch, record.name, record.decided_on) == (batch, organisation.name, date(2026, 2, 3))
    assert (done.state, done.closed_by) == (CreditImport.State.DONE, secretary)
    assert done.outcome == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "unreadable": 1,
        "flaws": [[3, "统一社会信用代码", "统一社会信用代码应为 18 位，现为 4 位", "请对照来源核对代码"]],
    }
    assert AuditEvent.objects.latest("seq").details["sha256"] == batch.digest


def test_the_same_file_twice_adds_nothing(secretary, organisation):
    rows = [line(of=organisation), line("二号", kind="事故", level="重大事故")]
    imported(secretary, *rows)

    batch, report = tried(secretary, *rows)

    assert numbers(report) == (0, 0, 2, 0)
    with refused("nothing"):
        actions.import_file(batch, by=secretary, seen=report.seen)
    assert CreditRecord.objects.count() == 2


def test_a_newer_file_replaces_what_it_says_anew(secretary, organisation):
    imported(secretary, line(of=organisation))

    imported(secretary, line(of=organisation, repaired_on="2026年3月1日"))

    old, new = CreditRecord.objects.order_by("pk")
    assert (new.replaces, new.repaired_on, new.reason) == (old, date(2026, 3, 1), "由文件“信用记录.xlsx”第 2 行更新")


def test_the_confirmation_is_for_the_report_that_was_seen(secretary, organisation, facts):
    batch, report = tried(secretary, line(of=organisation))
    actions.enter(by=secretary, **facts | {"authority": "另一局"})

    with refused("changed", untouched=[batch]):
        actions.import_file(batch, by=secretary, seen=report.seen)

    actions.import_file(batch, by=secretary, seen=report_of(batch).seen)
    assert [r.authority for r in newest()] == ["佛山市某局"]


def test_a_file_is_imported_or_given_up_once(secretary):
    batch, report = tried(secretary, line())
    actions.drop(batch, by=secretary, reason="文件有误")

    with no_trace(batch), pytest.raises(WrongState):
        actions.import_file(batch, by=secretary, seen=report.seen)


def test_a_crash_half_way_writes_nothing(secretary, monkeypatch):
    batch, report = tried(secretary, line("一号"), line("二号"))

    def crash(**_):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", crash)
        with no_trace(batch), pytest.raises(RuntimeError):
            actions.import_file(batch, by=secretary, seen=report.seen)

    assert not CreditRecord.objects.exists()


def test_headings_and_empty_files_are_refused_before_anything_is_kept(secretary):
    with refused("headings"):
        tried(secretary, line(), headings=["公司", *HEADINGS[1:]])
    with refused("no_rows"):
        tried(secretary)
    assert not CreditImport.objects.exists()


BOMB = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + BOMB
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 40) for n in range(8)
)
HOSTILE = {
    "empty": (b"", "文件是空的"),
    "text": (b"hello", "这不是 .xlsx 表格"),
    "pdf": (given.pdf_bytes(), "这不是 .xlsx 表格"),
    "old xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "旧格式 .xls"),
    "too big": (b"PK" + b"0" * 5 * 1024 * 1024, "超过 5 MB"),
    "cut off": (book(line())[:-300], "这不是 .xlsx 表格"),
    "macros": (with_part(book(line()), "xl/vbaProject.bin"), "带有宏"),
    "external links": (with_part(book(line()), "xl/externalLinks/externalLink1.xml"), "外部链接"),
    "embedded": (with_part(book(line()), "xl/embeddings/oleObject1.doc"), "嵌入的文件"),
    "zip bomb": (with_part(book(line()), "xl/media/big.dat", b"\0" * 101 * 1024 * 1024), "过于复杂"),
    "bad xml": (with_sheet(b"<worksheet"), "已损坏"),
    "many rows": (book(*[["x"]] * 10_002), "超过 10,000 行"),
    "no content": (with_sheet(BOMB + b"</sheetData></worksheet>"), "没有内容"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_the_reason_and_nothing_is_kept(secretary, name):
    content, said = HOSTILE[name]

    with refused("file"):
        actions.take_in(by=secretary, upload=upload(content))
    assert not CreditImport.objects.exists()

    with pytest.raises(Exception, match=said):
        actions.take_in(by=secretary, upload=upload(content))


@pytest.mark.parametrize("head", [XXE, LAUGHS + b"]>" + BOMB], ids=["external entity", "billion laughs"])
def test_entities_of_a_sheet_are_not_followed(secretary, head):
    sheet = head + b'<row r="1"><c t="inlineStr"><is><t>&%s;</t></is></c></row></sheetData></worksheet>'
    entity = b"e" if head is XXE else b"i"

    with pytest.raises(Exception, match=r"没有读取"):
        actions.take_in(by=secretary, upload=upload(with_sheet(sheet % entity)))


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is(secretary):
    batch, report = tried(secretary, line(), [None] * 3, line("二号"))

    assert (numbers(report), [e.row for e in report.new]) == ((2, 0, 0, 0), [2, 4])
    assert batch.rows[0][0] == 1


def test_ten_thousand_rows_are_tried_and_imported(secretary):
    firm = given.organisation()

    done = imported(secretary, *[line(f"佛样〔2026〕{n}号", of=firm) for n in range(10_000)])

    assert (done.outcome["new"], CreditRecord.objects.count()) == (10_000, 10_000)


def test_a_report_costs_the_same_queries_for_one_row_and_three(secretary, organisation, django_assert_num_queries):
    one, _ = tried(secretary, line(of=organisation))
    three, _ = tried(secretary, *[line(f"{n}号", of=given.organisation()) for n in range(3)])

    for batch in (one, three):
        with django_assert_num_queries(3):
            report_of(batch)


# --- sheets handed out ------------------------------------------------------------------------------------


def cells(content):
    return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active]


def test_the_sample_can_be_handed_in_but_its_sample_lines_are_not_taken(secretary):
    batch = actions.take_in(by=secretary, upload=upload(sample_sheet()))

    assert numbers(report_of(batch)) == (0, 0, 0, 2)


def test_the_report_lists_flaws_and_changes(secretary, organisation):
    imported(secretary, line(of=organisation))
    batch, report = tried(secretary, line(of=organisation, authority="另一局"), line("二号", credit_code="9144"))

    assert [row[:4] for row in cells(report_sheet(batch, report))[1:]] == [
        ["读不了", "3", "统一社会信用代码", "统一社会信用代码应为 18 位，现为 4 位"],
        ["有变化", "2", "作出机关", "佛样监处罚〔2026〕1号：佛山市某局 → 另一局"],
    ]


def test_no_cell_handed_out_is_a_formula():
    content = xlsx_bytes(["=1+1"], [["=cmd|' /C calc'!A0"], ["+1"], ["-1"], ["@SUM(A1)"], ["\x00好"], [None]])

    sheet = load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}
    assert sheet["A2"].value == "=cmd|' /C calc'!A0"
    assert sheet["A6"].value == "好"


# --- what the database holds ------------------------------------------------------------------------------


def test_the_database_keeps_its_promises(record, secretary):
    with refused_by("one_credit_record_per_document"):
        copy_of(record)
    with refused_by("level_of_accidents_only"):
        copy_of(record, number="2", level="major")
    with refused_by("level_of_accidents_only"):
        copy_of(record, number="2", kind="accident")
    with refused_by("replacing_record_has_reason"):
        copy_of(record, replaces_id=record.pk)
    with refused_by("void_record_replaces_one"):
        copy_of(record, number="2", is_void=True)
    with refused_by("credit_dates_run_forward"):
        copy_of(record, number="2", ends_on=date(2020, 1, 1))
    actions.void(record, by=secretary, reason="错误")
    with refused_by("enterprises_creditrecord_replaces_id_key"):
        copy_of(record, replaces_id=record.pk, reason="又一次")


def test_an_import_is_open_or_closed_with_its_outcome(secretary):
    batch, _report = tried(secretary, line())

    with refused_by("import_open_until_closed"):
        copy_of(batch, state="dropped")
    with refused_by("import_done_with_outcome"):
        copy_of(batch, state="done", closed_at=clock.now(), closed_by=secretary)
