from django.core.exceptions import PermissionDenied
from django.db import transaction

from enterprises.audit import actions as audit
from enterprises.files.checks import refused_at
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone
from foshan_quality.lib.identity import tidy_credit_code
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Problem, Refused, WrongState
from foshan_quality.lib.tables import headings_problem
from foshan_quality.permissions import Permission

from . import reading
from .comparing import FACTS
from .models import CreditImport, CreditRecord
from .queries import flaw_rows, read_of, registered, report_of
from .sandbox import read_workbook

KNOWN = 493  # any constant; held alone while records come in, together by whoever acts on what they say
RECHECK = "awards.standing.tasks.recheck"


def _permit(by, record=None):
    if not by.has_perm(Permission.CREDIT_ENTER, record):
        raise PermissionDenied(Permission.CREDIT_ENTER)


@transaction.atomic
def enter(*, by, **facts):
    """Enter one record by hand. Refused for a record already entered and for facts that do not hold together."""
    _permit(by)
    hold_alone(KNOWN)
    facts = _tidied(facts)
    _refuse_bad_facts(facts)
    key = {field: facts[field] for field in ("credit_code", "kind", "number")}
    if CreditRecord.objects.filter(**key).exists():
        text = f"{facts['name']} 的 {facts['number']} 已经登记，没有重复保存。内容有误请在该记录的页面更正。"
        raise Refused([Problem("duplicate", text, "number")])
    record = CreditRecord.objects.create(**facts, entered_by=by, entered_at=clock.now())
    audit.record(by=by, verb="enter_credit", target=record, details={"credit_code": record.credit_code})
    wake(RECHECK, record.pk)
    return record


def _tidied(facts):
    number = reading.plain_digits("".join(facts["number"].split()))
    return facts | {"credit_code": tidy_credit_code(facts["credit_code"]), "number": number}


def _refuse_bad_facts(facts):
    given = {field: value for field, value in facts.items() if value}
    known = registered({facts["credit_code"]}, {facts["name"]})
    problems = [
        Problem("fact", f"{reading.HEADINGS[field]}：{what}。没有保存，{remedy}。", field)
        for field, what, remedy in reading.problems_of(given, clock.today(), known)
    ]
    if problems:
        raise Refused(problems)


def correct(record, *, by, reason, **facts):
    """Replace a record by its corrected words; one withdrawn is in force again. Refused when nothing changes."""
    return _replace(record, by, reason, verb="correct_credit", is_void=False, **facts)


def repair(record, *, by, repaired_on, reason):
    """Note that the organisation completed its 信用修复, by which document."""
    return _replace(record, by, reason, verb="repair_credit", repaired_on=repaired_on)


def void(record, *, by, reason):
    """Withdraw a record that should never have been entered; the row and the reason stay."""
    return _replace(record, by, reason, verb="void_credit", is_void=True)


@transaction.atomic
def _replace(record, by, reason, *, verb, **facts):
    _permit(by, record)
    hold_alone(KNOWN)
    if not reason.strip():
        raise Refused([Problem("reason", "请写明理由和依据。没有保存。", "reason")])
    if CreditRecord.objects.filter(replaces=record).exists():
        raise WrongState("这条记录刚被更正过，您看到的已不是最新内容。没有保存，请打开最新一条再办理。")
    before = {field: getattr(record, field) for field in [*FACTS, "is_void"]}
    after = before | facts
    if after == before:
        raise Refused(["内容与现有记录相同，没有改动。"])
    key = {field: getattr(record, field) for field in ("credit_code", "kind", "number")}
    if not after["is_void"]:
        _refuse_bad_facts(key | {field: after[field] for field in FACTS})
    newer = CreditRecord.objects.create(
        **key, **after, replaces=record, reason=reason, entered_by=by, entered_at=clock.now()
    )
    changes = {field: [str(before[field]), str(after[field])] for field in after if before[field] != after[field]}
    audit.record(by=by, verb=verb, target=newer, note=reason, details={"replaces": record.pk, "changes": changes})
    wake(RECHECK, newer.pk)
    return newer


def take_in(*, by, upload):
    """Read a workbook of records and keep its cells for a trial; no record is written. Refused with the reason.

    The file is read before anything is locked.
    """
    _permit(by)
    with refused_at("upload"):
        rows, digest = read_workbook(upload)
    problem = headings_problem(rows[0][1], reading.COLUMNS)
    if problem:
        raise Refused([Problem("headings", problem, "upload")])
    if len(rows) == 1:
        raise Refused([Problem("no_rows", "标题下面没有数据。没有读取，请填写后上传。", "upload")])
    with transaction.atomic():
        batch = CreditImport.objects.create(
            name=_shown_name(upload.name), digest=digest, rows=rows, uploaded_by=by, uploaded_at=clock.now()
        )
        audit.record(by=by, verb="check_credit_file", target=batch, details={"sha256": digest, "rows": len(rows) - 1})
    return batch


def _shown_name(name):
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[-200:] or "未命名.xlsx"


@transaction.atomic
def import_file(batch, *, by, seen):
    """Write what the trial of this file promised: all of it or nothing. `seen` says which report was confirmed.

    Refused when the outcome would now be another than the one seen, and when there is nothing to write.
    """
    _permit(by, batch)
    locked = _locked_for_closing(batch)
    read = read_of(locked)  # takes a second or two, in which others need not wait yet
    hold_alone(KNOWN)
    report = report_of(locked, read)
    if report.seen != seen:
        text = "在您查看报告之后，信用记录或单位登记有变化，试算结果已经不同。没有导入，请重新核对下面的报告后再确认。"
        raise Refused([Problem("changed", text)])
    if not (report.new or report.changed):
        raise Refused([Problem("nothing", "文件里没有新的或有变化的记录，没有导入。")])
    common = {"batch": locked, "entered_by": by, "entered_at": clock.now()}
    CreditRecord.objects.bulk_create([CreditRecord(**entry.facts, **common) for entry in report.new], batch_size=500)
    CreditRecord.objects.bulk_create([_newer(change, locked, common) for change in report.changed], batch_size=500)
    counts = {
        "new": len(report.new),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "unreadable": report.unreadable,
    }
    _close(locked, by, CreditImport.State.DONE, counts | {"flaws": flaw_rows(locked, report)})
    audit.record(by=by, verb="import_credit", target=locked, details={"sha256": locked.digest, **counts})
    wake(RECHECK, locked.pk)
    return locked


def _newer(change, batch, common):
    old = change.record
    key = {"credit_code": old.credit_code, "kind": old.kind, "number": old.number}
    reason = f"由文件“{batch.name}”第 {change.entry.row} 行更新"
    return CreditRecord(**key, **change.facts, replaces=old, reason=reason, **common)


@transaction.atomic
def drop(batch, *, by, reason):
    """Give up a file that was only tried."""
    _permit(by, batch)
    locked = _locked_for_closing(batch)
    _close(locked, by, CreditImport.State.DROPPED, None)
    audit.record(by=by, verb="drop_credit_file", target=locked, note=reason)
    return locked


def _locked_for_closing(batch):
    locked = CreditImport.objects.select_for_update().get(pk=batch.pk)
    if locked.state != CreditImport.State.CHECKED:
        raise WrongState(f"这个文件{locked.get_state_display()}，不能再办理。没有改动任何内容。")
    return locked


def _close(batch, by, state, outcome):
    batch.state, batch.closed_at, batch.closed_by, batch.outcome = state, clock.now(), by, outcome
    batch.save(update_fields=["state", "closed_at", "closed_by", "outcome"])


@transaction.atomic
def log_export(*, by, what, count):
    """Taking credit records out of the portal is an act too: who took which and how many."""
    if not by.has_perm(Permission.CREDIT_VIEW):
        raise PermissionDenied(Permission.CREDIT_VIEW)
    audit.record(by=by, verb="export_credit", target=by, note=what, details={"records": count})
