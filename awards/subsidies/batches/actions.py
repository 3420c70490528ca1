import hashlib

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .. import ledger, telling
from ..ledger import Account
from ..models import Disbursement
from ..reconciling.queries import stop_problems
from . import layouts
from .claiming import hindrances, readable
from .models import PaymentBatch, TreasuryFile

NUMBERS = 2022  # any constant; one number is taken at a time
SEND = "awards.subsidies.tasks.send_batch"
CLAIM = Disbursement.workflow.steps["claim"]
BOOK = Disbursement.workflow.steps["book"]


def make_batch(*, by, payments, layout="", encoding="", seen=""):
    """Put these approved payments of one payer into one file under the next number, and have it sent.

    Those something stands in the way of are left out, with the reason on them. Refused when none is left, when they
    are of several payers, when the encoding lacks a character of theirs, when others than those `seen` would go, and
    while the books do not agree.
    """
    batch, left_out = _made([payment.pk for payment in payments], by, layout, encoding, seen)
    if batch is None:
        raise Refused(left_out or [Problem("none", "没有可以编入批次的拨付单。没有编制批次。")])
    return batch


def make_batch_of(*, by, payer, layout, encoding, seen):
    """The same with every approved payment of a payer, as the page of the office shows them."""
    return make_batch(by=by, payments=approved_of(payer).only("pk"), layout=layout, encoding=encoding, seen=seen)


def approved_of(payer):
    """The approved payments of a payer, which the next batch would take."""
    return Disbursement.objects.filter(state=Disbursement.State.APPROVED, budget__payer=payer)


@transaction.atomic
def _made(keys, by, layout, encoding, seen):
    """The batch and why others stay out; no batch when none is left, and then only the reasons are kept."""
    permit(by, Permission.BATCH_MAKE)
    stopped = stop_problems()
    if stopped:
        raise Refused(stopped)
    asked = Disbursement.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    payments = list(readable(asked))
    if len({payment.budget.payer for payment in payments}) > 1:
        raise Refused([Problem("payer", "一个批次只能是同一支付方的拨付单。没有编制批次。", "payer")])
    left_out = hindrances(payments)
    going = [payment for payment in payments if payment.pk not in left_out]
    if seen and seen != seen_of(going):
        raise Refused([Problem("changed", "您查看之后，可以编入的拨付单有变化，请重新核对。没有编制批次。")])
    layout, encoding = layout or settings.TREASURY_LAYOUT, encoding or settings.TREASURY_ENCODING
    orders = [order_of(payment) for payment in going]
    _refuse_unwritable(orders, encoding)
    hold_alone(NUMBERS)  # before the first line of the trail, which everybody waits for
    _hold_back([payment for payment in payments if payment.pk in left_out], left_out, by)
    if not going:
        return None, [problem for problems in left_out.values() for problem in problems]
    return _made_of(going, orders, by, layout, encoding), []


def _made_of(payments, orders, by, layout, encoding):
    year = clock.today().year
    serial = (PaymentBatch.objects.filter(year=year).aggregate(last=Max("serial"))["last"] or 0) + 1
    number, payer = settings.TREASURY_BATCH_NUMBER.format(year=year, serial=serial), payments[0].budget.payer
    content = layouts.order_bytes(orders, number=number, payer=payer, layout=layout, encoding=encoding)
    batch = PaymentBatch.objects.create(
        number=number,
        year=year,
        serial=serial,
        payer=payer,
        layout=layout,
        encoding=encoding,
        count=len(payments),
        total=sum(payment.amount for payment in payments),
        digest=digest_of_bytes(content),
        file=TreasuryFile.objects.create(content=content),
        made_at=clock.now(),
        made_by=by,
    )
    keys = [payment.pk for payment in payments]
    Disbursement.objects.filter(pk__in=keys).update(state=CLAIM.target, batch=batch, problem="")
    moved = {"debit": Account.IN_TRANSIT, "credit": Account.COMMITTED, "by": by}
    ledger.book_together(ledger.of_payment(payment, "claim", CLAIM.label, **moved) for payment in payments)
    told = {"count": batch.count, "total": str(batch.total), "digest": batch.digest}
    audit.record(by=by, verb="make_batch", target=batch, after=batch.state, details=told)
    wake(SEND, batch.pk)
    return batch


def _refuse_unwritable(orders, encoding):
    lacking = layouts.unwritable(orders, encoding)
    if lacking:
        name = {"utf-8": "UTF-8", "gbk": "GBK"}[encoding]
        remedy = "请改选 UTF-8，或与财政约定该字的写法后由单位更正" if encoding == "gbk" else "请更正后重新编制拨付单"
        raise Refused(
            [
                Problem(
                    "encoding", f"“{text}”里的“{character}”写不进 {name} 文件，{remedy}。没有编制批次。", "encoding"
                )
                for text, character in lacking
            ]
        )


def _hold_back(payments, why, by):
    """Note on approved payments why they were left out; they wait in their state for the next batch."""
    for payment in payments:
        said = " ".join(problem.text for problem in why[payment.pk])
        if payment.state == Disbursement.State.APPROVED and payment.problem != said:
            Disbursement.objects.filter(pk=payment.pk).update(problem=said)
            audit.record(by=by, verb="hold_back", target=payment, note=said)


def order_of(payment):
    """A payment as the treasury is told of it."""
    account = payment.account
    return layouts.Order(
        str(payment.reference), account.holder, account.number, account.bank, payment.amount, payment.document
    )


def seen_of(payments):
    """SHA-256 of the payments that would go, for a page that is confirmed: which they are and their sums."""
    text = "\n".join(f"{payment.reference} {payment.amount:.2f}" for payment in payments)
    return digest_of_bytes(text.encode())


def digest_of_bytes(content):
    """SHA-256 of a file, hex."""
    return hashlib.sha256(content).hexdigest()


# --- sending --------------------------------------------------------------------------------------------


@transaction.atomic
def count_attempt(batch, *, by):
    """Count one more handing-over before it is tried. Tells whether another try is allowed.

    While the books do not agree none is, and none is counted: the batch says why it waits.
    """
    stopped = stop_problems()
    if stopped:
        note_problem(batch, by=by, why=stopped[0].text)
        return False
    return bool(PaymentBatch.objects.waiting().filter(pk=batch.pk).update(attempts=F("attempts") + 1))


def whole_content(batch):
    """The file's bytes, held against the digest they were made with. Refused when they are not those any more."""
    content = batch.content
    if digest_of_bytes(content) != batch.digest:
        raise Refused([Problem("digest", f"{batch}的文件与编制时的摘要不符，已停止。请立即报告系统管理员。")])
    return content


def book_batch(batch, *, by, receipt):
    """The treasury has the file: every payment of the batch is sent, and every payee is told."""
    with PaymentBatch.workflow.move(batch, "book_batch", by=by, details={"receipt": receipt}) as locked:
        locked.receipt, locked.problem, locked.sent_at = receipt, "", clock.now()
        payments = locked.payments.filter(state__in=BOOK.sources)
        telling.tell_sent(readable(payments))
        payments.update(state=BOOK.target, receipt=receipt)
    return locked


def note_problem(batch, *, by, why, is_final=False):
    """Note why the file could not be handed over. After the last try, or a final one, it waits for people."""
    permit(by, Permission.DISBURSEMENT_SEND, batch)
    waiting = PaymentBatch.objects.filter(pk=batch.pk, state=PaymentBatch.State.MADE)
    waiting.update(problem=why, is_parked=is_final)


@transaction.atomic
def resend(batch, *, by):
    """Try a stuck batch anew: the same number, the same bytes."""
    permit(by, Permission.BATCH_MAKE, batch)
    locked = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not locked.is_stuck:
        raise WrongState(f"{locked}没有卡住，不需要重新送出。没有改动任何内容，请刷新页面查看。")
    locked.attempts, locked.is_parked = 0, False
    locked.save(update_fields=["attempts", "is_parked"])
    audit.record(by=by, verb="resend_batch", target=locked, note=locked.problem)
    wake(SEND, locked.pk)
    return locked


@transaction.atomic
def take_file(batch, *, by):
    """The file's bytes for download, the same every time; who took them is in the trail."""
    permit(by, Permission.BATCH_TAKE, batch)
    content = whole_content(batch)
    audit.record(by=by, verb="take_batch_file", target=batch, details={"digest": batch.digest})
    return content
