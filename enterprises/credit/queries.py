from enterprises.organisations.models import FormerName, Organisation
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import xlsx_bytes
from foshan_quality.lib.tables import sample_headings

from . import comparing, reading
from .models import CreditRecord

SAMPLE = [
    {"kind": "行政处罚", "number": "佛样监处罚〔2026〕1号", "summary": "样例，导入前请删去"},
    {"kind": "事故", "level": "较大事故", "number": "样例事故批复〔2026〕2号", "summary": "样例，导入前请删去"},
]
SAMPLE_FACTS = {
    "credit_code": "91000000MA0000000X",
    "name": "样例单位（请删去）",
    "authority": "样例机关",
    "decided_on": "2026-03-18",
    "source": "公共信用信息报告",
}


def records_of(codes):
    """The records in force of these credit codes, by code. One query."""
    found = {}
    for record in CreditRecord.objects.in_force().filter(credit_code__in=codes):
        found.setdefault(record.credit_code, []).append(record)
    return found


def history_of(record):
    """The whole chain of a record, oldest first, with who entered each row. One query."""
    rows = CreditRecord.objects.filter(
        credit_code=record.credit_code, kind=record.kind, number=record.number
    ).select_related("entered_by", "batch")
    return list(rows.defer("batch__rows").order_by("pk"))


def registered(codes, names):
    """What the portal knows of these organisations: names ever borne by code, code by present name. Two queries."""
    known = Organisation.objects.filter(credit_code__in=codes) | Organisation.objects.filter(name__in=names)
    rows = list(known.values_list("pk", "credit_code", "name"))
    borne, code_of = {code: {name} for _pk, code, name in rows}, {pk: code for pk, code, _name in rows}
    for pk, name in FormerName.objects.filter(organisation__in=code_of).values_list("organisation_id", "name"):
        borne[code_of[pk]].add(name)
    return reading.Registered(borne, {name: code for _pk, code, name in rows})


def read_of(batch):
    """The readable rows of a file and the flaws of the others. Two queries, whatever its size."""
    return reading.read(batch.rows, clock.today(), registered(*reading.codes_and_names(batch.rows)))


def report_of(batch, read=None):
    """What importing this file would do today. One query more than `read_of`, whose answer may be handed in."""
    entries, flaws = read or read_of(batch)
    return comparing.compare(batch.digest, entries, flaws, _chains(entries), clock.today())


def _chains(entries):
    chains = {}
    codes = {entry.facts["credit_code"] for entry in entries}
    for record in CreditRecord.objects.filter(credit_code__in=codes).order_by("pk"):
        chains.setdefault((record.credit_code, record.kind, record.number), []).append(record)
    return chains


def flaw_rows(batch, report=None):
    """The flaws of a file as rows of text: of the live report, or as the import left them."""
    if report is None:
        return batch.outcome["flaws"] if batch.outcome else []
    return [[flaw.row, flaw.column, flaw.what, flaw.remedy] for flaw in report.flaws]


def report_sheet(batch, report=None):
    """The flaws and changes of a file as an .xlsx file."""
    rows = [["读不了", *row] for row in flaw_rows(batch, report)]
    for change in report.changed if report else []:
        for fact, before, after in change.differences:
            what = f"{change.record.number}：{said(fact, before)} → {said(fact, after)}"
            rows.append(["有变化", change.entry.row, reading.HEADINGS[fact], what, ""])
    return xlsx_bytes(["类别", "行号", "列", "内容", "怎么办"], rows, title="试算报告")


def said(fact, value):
    """A fact in words, as the workbook writes it."""
    if fact == "level":
        return dict(CreditRecord._meta.get_field("level").choices).get(value, "空")
    return "空" if value in {None, ""} else str(value)


def sample_sheet():
    """The workbook to fill in: its headings and two lines to go by."""
    rows = [[(SAMPLE_FACTS | line).get(column.fact, "") for column in reading.COLUMNS] for line in SAMPLE]
    return xlsx_bytes(sample_headings(reading.COLUMNS), rows, title="信用记录")


def records_sheet(records):
    """These records as an .xlsx file with the headings of the import, and where each stands."""
    header = [*(column.heading for column in reading.COLUMNS), "状态", "登记时间"]
    rows = ([*_shown(record), record.standing_said, f"{record.entered_at:%Y-%m-%d}"] for record in records)
    return xlsx_bytes(header, rows, title="信用记录")


def _shown(record):
    for column in reading.COLUMNS:
        shown = getattr(record, f"get_{column.fact}_display", None)
        yield shown() if shown else getattr(record, column.fact)
