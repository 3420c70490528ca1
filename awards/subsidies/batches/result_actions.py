import logging
from collections import Counter, defaultdict
from uuid import UUID

from django.core.files.base import File
from django.db import DataError, transaction
from django.utils.timezone import localdate

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone, only_one
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .. import actions, ledger
from ..clawbacks import actions as clawback_actions
from ..ledger import Account
from ..models import Disbursement
from . import layouts, treasury
from .actions import digest_of_bytes
from .answers import BOUNCED, DIFFERENCE, SETTLED, Standing, judge
from .closing import close_answered
from .models import PaymentBatch, ResultFile, ResultLine, TreasuryFile

IMPORT_LOCK = 2021  # any constant; one import of the folder at a time
READING = 2024  # any constant; one file is read at a time
MOST_BYTES = 30 * 1024 * 1024
OWN = "文件是您上传的，须由另一名资金人员与财政的原件核对后登记。没有登记。"
log = logging.getLogger(__name__)
SETTLE = Disbursement.workflow.steps["settle"]


@transaction.atomic
def hand_in(*, by, upload):
    """Read an answer file that a person hands in; another one books it. Refused when the very same file was read
    before."""
    result, is_new = _read(upload, by, needs_two=True)
    if not is_new:
        read_on, state = localdate(result.read_at), result.get_state_display()
        text = f"同一个文件（{result}）已在 {read_on} 读入，现为“{state}”。没有重复读入。"
        raise Refused([Problem("again", text, "upload")])
    return result


@transaction.atomic
def read_result(upload, *, by, is_kept=False):
    """Read one answer file: what each line would come to is kept beside it, and nothing is booked yet.

    The same bytes again give the file that was read first. What is no answer file as a whole is kept as unreadable,
    with the reason as its one difference. One that is too large is refused, or `is_kept` so far, as unreadable.
    """
    return _read(upload, by, is_kept=is_kept)[0]


def _read(upload, by, *, is_kept=False, needs_two=False):
    """The file, and whether it is new."""
    permit(by, Permission.RESULT_IMPORT)
    content, is_whole = upload.read(MOST_BYTES), not upload.read(1)
    if not is_whole and not is_kept:
        raise Refused([Problem("size", f"文件超过 {MOST_BYTES // 2**20} MB。没有读入。", "upload")])
    hold_alone(READING)
    digest = digest_of_bytes(content)
    known = ResultFile.objects.exclude(state=ResultFile.State.DROPPED).filter(digest=digest).first()
    if known:
        return known, False
    answers, problem = _answers(content, is_whole)
    result = ResultFile.objects.create(
        name=upload.name.rpartition("/")[2].encode(errors="replace").decode()[:200],
        digest=digest,
        file=TreasuryFile.objects.create(content=content),
        state=ResultFile.State.UNREADABLE if problem else ResultFile.State.READ,
        read_at=clock.now(),
        read_by=by,
        needs_two=needs_two,
    )
    lines = _judged([_line(result, answer) for answer in answers], answers)
    ResultLine.objects.bulk_create(lines)
    audit.record(by=by, verb="read_result", target=result, after=result.state, note=problem, details=_counted(lines))
    return result, True


def _answers(content, is_whole):
    """The lines of a file, and why there are none: people have to see whatever could not be read."""
    try:
        if not is_whole:
            raise layouts.Unreadable(f"文件超过 {MOST_BYTES // 2**20} MB，只留存了开头")
        return layouts.answers(content), ""
    except layouts.Unreadable as refusal:
        problem = str(refusal)
    except (ArithmeticError, LookupError, RecursionError, ValueError):
        log.exception("an answer file could not be read")
        problem = "读取时程序出错，请系统管理员查看日志"
    return [layouts.Answer(0, "", problem=problem)], problem


def _line(result, answer):
    return ResultLine(
        file=result,
        number=answer.line,
        batch_number=answer.batch,
        reference=answer.reference,
        amount=answer.amount,
        said=answer.result,
        day=answer.day,
        note=answer.note,
        text=answer.text,
    )


def _judged(lines, answers):
    """The lines with payment, outcome and reason as the payments stand now. Two queries."""
    payments = {str(p.reference): p for p in _payments_of(answers).select_related("batch").defer("problem")}
    standings = {reference: _standing(payment) for reference, payment in payments.items()}
    numbers = {answer.batch for answer in answers}
    batches = set(PaymentBatch.objects.filter(number__in=numbers).values_list("number", flat=True))
    for line, verdict in zip(lines, judge(answers, standings, batches, clock.today()), strict=True):
        line.payment, line.outcome, line.why = payments.get(line.reference), verdict.outcome, verdict.why
    return lines


def _payments_of(answers):
    references = {_uuid(answer.reference) for answer in answers} - {None}
    return Disbursement.objects.filter(reference__in=references).order_by("pk")


def _uuid(text):
    """The reference as the database keeps it; None for what was not written by us."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _standing(payment):
    batch = payment.batch.number if payment.batch_id else ""
    return Standing(payment.amount, payment.state, payment.get_state_display(), batch)


def _counted(lines):
    return dict(Counter(line.outcome for line in lines))


def book_result(result, *, by):
    """Book what a file says, line by line as the payments stand now; what no longer fits becomes a difference.

    Refused for whoever handed the file in: a file is plain text that anybody can write.
    """
    told = {}
    with ResultFile.workflow.move(result, "book_result", by=by, details=told) as locked:
        if locked.needs_two and locked.read_by_id == by.pk:
            raise Refused([Problem("two_people", OWN)])
        lines = list(locked.lines.order_by("number"))
        answers = [_answer(line) for line in lines]
        _hold(answers)
        before = {line.pk: (line.payment_id, line.outcome, line.why) for line in lines}
        _judged(lines, answers)
        changed = [line for line in lines if before[line.pk] != (line.payment_id, line.outcome, line.why)]
        now = clock.now()
        ResultLine.objects.bulk_update(changed, ["payment", "outcome", "why"], batch_size=1000)
        locked.lines.update(booked_at=now)
        locked.closed_at, locked.closed_by = now, by
        _settle([line for line in lines if line.outcome == SETTLED], by)
        for line in lines:
            if line.outcome == BOUNCED:
                actions.bounce(line.payment, by=by, day=line.day, reason=line.note or "未说明原因。")
        touched = {line.payment.batch_id for line in lines if line.outcome in {SETTLED, BOUNCED}} - {None}
        close_answered(touched, by=by)
        told |= _counted(lines)
    return locked


def _hold(answers):
    """Lock the payments, and before them their batches: who books the last answer of a batch must see the others."""
    payments = _payments_of(answers)
    batches = PaymentBatch.objects.filter(pk__in=payments.values("batch")).order_by("pk")
    for rows in (batches, payments):
        list(rows.select_for_update(of=("self",)).values_list("pk"))


def _answer(line):
    """A stored line as it was read; of one that could not be read only number and text are sure."""
    facts = (line.batch_number, line.reference, line.amount, line.said, line.day, line.note)
    return layouts.Answer(line.number, line.text, *facts, problem="" if line.said else line.why)


def _settle(lines, by):
    """Book these payments as paid, together; those whose honour was revoked meanwhile are owed back at once."""
    by_day = defaultdict(list)
    for line in lines:
        by_day[line.day].append(line.payment_id)
    for day, keys in sorted(by_day.items()):
        Disbursement.objects.filter(pk__in=keys).update(state=SETTLE.target, answered_on=day)
    paid = Disbursement.objects.filter(pk__in=[line.payment_id for line in lines]).order_by("pk")
    payments = list(paid.select_related("account", "budget", "entitlement__honour"))
    moved = {"debit": Account.PAID, "credit": Account.IN_TRANSIT, "by": by}
    ledger.book_together(ledger.of_payment(payment, "settle", SETTLE.label, **moved) for payment in payments)
    for payment in payments:
        honour = payment.entitlement.honour
        if honour.revoked_on:
            clawback_actions.open_clawback(payment, by=by, document=honour.revoked_under)


def drop_result(result, *, by, reason):
    """Put a file aside of which nothing was booked; the same file may then be handed in again."""
    with ResultFile.workflow.move(result, "drop_result", by=by, note=reason) as locked:
        locked.closed_at, locked.closed_by = clock.now(), by
    return locked


@transaction.atomic
def resolve_difference(line, *, by, note):
    """Say how a difference was settled with the treasury. The line stays as it is; nothing is booked by this."""
    permit(by, Permission.RESULT_IMPORT, line)
    locked = ResultLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    if locked.outcome != DIFFERENCE or locked.resolved_at:
        raise WrongState("这一行没有待处理的差异。没有改动任何内容，请刷新页面查看。")
    if not note.strip():
        raise Refused([Problem("note", "请写明与财政核对的情况。没有保存。", "note")])
    locked.resolved_at, locked.resolved_by, locked.resolution = clock.now(), by, note
    locked.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    audit.record(by=by, verb="resolve_difference", target=locked, note=note)
    return locked


@transaction.atomic
def take_result(result, *, by):
    """The file's bytes as they came, for download; who took them is in the trail. Refused when they were changed."""
    permit(by, Permission.BATCH_TAKE, result)
    content = result.file.content
    if digest_of_bytes(content) != result.digest:
        raise Refused([Problem("digest", f"{result}与读入时的摘要不符。请立即报告系统管理员。")])
    audit.record(by=by, verb="take_result_file", target=result, details={"digest": result.digest})
    return content


def import_folder(*, by):
    """Read and book every answer file in the treasury's folder, then put it aside. Returns the files."""
    permit(by, Permission.RESULT_IMPORT)
    taken = []
    with only_one(IMPORT_LOCK) as is_alone:
        for path in treasury.answer_files() if is_alone else []:
            try:
                with path.open("rb") as file:
                    taken.append(_take_in(File(file, path.name), by))
            except (Refused, WrongState) as refusal:  # it stays where it is and the others are read
                log.error("treasury answer %s: %s", path.name, refusal)
            except (DataError, OSError):  # so does one nobody foresaw
                log.exception("treasury answer %s", path.name)
            else:
                treasury.put_away(path)
    return taken


def _take_in(upload, by):
    result = read_result(upload, by=by, is_kept=True)
    if result.state == ResultFile.State.READ:
        result = book_result(result, by=by)
    return result
