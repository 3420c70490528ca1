import hashlib
import logging
from decimal import InvalidOperation
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from awards.applications.actions import tell_members
from awards.standing.actions import problems_of, problems_with
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import only_one
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.money import CEILING, yuan
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import clawback_actions, ledger, treasury
from .entitlement import TableLine, line_on
from .ledger import Account
from .models import MAX_ATTEMPTS, Budget, Disbursement, Entitlement, SubsidyRule

IMPORT_LOCK = 2021  # any constant; one import at a time
SEND = "awards.subsidies.tasks.send_disbursement"
log = logging.getLogger(__name__)


@transaction.atomic
def entitle(honour, *, by, amount=None, document="", reason=""):
    """Enter what an honour entitles to. Without an amount: the table's, with the table's basis.

    Another amount is a special payment: it needs its own basis and a reason, and waits for an
    authoriser. Refused for a revoked honour, one already entitled, and where the table says nothing.
    """
    permit(by, Permission.ENTITLEMENT_ENTER, honour)
    amount = None if amount is None else _positive_sum(amount, "amount")
    honour = type(honour).objects.select_for_update(of=("self",)).select_related("kind").get(pk=honour.pk)
    line = table_line(honour)
    _refuse_bad_entitlement(honour, line, amount, document, reason)
    amount = line.amount if amount is None else amount
    is_special = line is None or amount != line.amount
    entitlement = Entitlement.objects.create(
        honour=honour,
        amount=amount,
        table_amount=line.amount if line else None,
        document=document if is_special else line.document,
        reason=reason if is_special else "",
        state=Entitlement.State.ENTERED if is_special else Entitlement.State.READY,
        entered_by=by,
        entered_at=clock.now(),
    )
    audit.record(
        by=by, verb="entitle", target=entitlement, after=entitlement.state, note=reason, details={"amount": str(amount)}
    )
    return entitlement


def _positive_sum(typed, where):
    """A sum as a positive whole number of fen that fits the books."""
    try:
        amount = yuan(typed)
        if 0 < amount < CEILING:
            return amount
    except (ValueError, InvalidOperation):
        pass
    raise Refused([Problem("amount", "金额应大于 0、不到一万亿元，精确到分。没有保存。", where)])


def table_line(honour):
    """The published line for this honour on the day it was announced, or None."""
    if honour.announced_on is None:
        return None
    rules = SubsidyRule.objects.filter(kind=honour.kind, is_special=False)
    lines = [TableLine(r.amount, r.document, r.valid_from, r.valid_to) for r in rules]
    return line_on(lines, honour.announced_on)


def _refuse_bad_entitlement(honour, line, amount, document, reason):
    problems = []
    if honour.revoked_on:
        problems.append(Problem("revoked", "该荣誉已撤销，不能兑现奖补。没有保存。"))
    if Entitlement.objects.filter(honour=honour).exists():
        problems.append(Problem("twice", "该荣誉已录入奖补资格，同一荣誉只兑现一次。没有保存。"))
    if honour.organisation is None:
        problems.append(Problem("no_organisation", "该荣誉没有对应的平台单位，不能兑现奖补。没有保存。"))
    is_special = amount is not None and (line is None or amount != line.amount)
    if amount is None and line is None:
        problems.append(
            Problem("no_line", "公布日没有有效的奖补标准，请按专项办理：写明金额、依据文件和理由。没有保存。", "amount")
        )
    if is_special and not (document.strip() and reason.strip()):
        problems.append(Problem("no_basis", "金额与公布标准不同，须有自己的依据文件和理由。没有保存。", "document"))
    if problems:
        raise Refused(problems)


def authorise(entitlement, *, by):
    """A leader authorises a special payment; never the person who entered it."""
    with Entitlement.workflow.move(entitlement, "authorise", by=by) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused(["录入人不能自己授权。没有改动任何内容。"])
        locked.authorised_by, locked.authorised_at = by, clock.now()
    return locked


def decline(entitlement, *, by, reason):
    """A leader declines a special payment."""
    with Entitlement.workflow.move(entitlement, "decline", by=by, note=reason) as locked:
        pass
    return locked


@transaction.atomic
def open_budget(*, by, fund, year, total, document):
    """Enter a fund's money for a year and open its books."""
    permit(by, Permission.ENTITLEMENT_ENTER)
    facts = {"total": _positive_sum(total, "total"), "document": document}
    budget, is_new = Budget.objects.get_or_create(fund=fund, year=year, defaults=facts)
    if not is_new:
        raise Refused([f"{year} 年“{fund}”的预算已经录入。没有重复保存。"])
    ledger.book(
        source=f"budget:{budget.pk}",
        memo=f"{budget} 下达",
        by=by,
        budget=budget,
        debit=Account.AVAILABLE,
        credit=Account.APPROPRIATION,
        amount=budget.total,
    )
    audit.record(by=by, verb="open_budget", target=budget, note=document, details={"total": str(budget.total)})
    return budget


@transaction.atomic
def prepare(entitlement, *, by, budget):
    """The maker prepares the payment of a ready entitlement to the organisation's own account in use."""
    permit(by, Permission.DISBURSEMENT_PREPARE, entitlement)
    locked = Entitlement.objects.select_for_update(of=("self",)).get(pk=entitlement.pk)
    problems = _payment_problems(locked)
    if locked.disbursements.exclude(state__in=["returned", "cancelled"]).exists():
        problems.append(Problem("twice", "该奖补资格已有拨付单，同一资格只付一次。没有保存。"))
    if problems:
        raise Refused(problems)
    payment = Disbursement.objects.create(
        entitlement=locked,
        budget=budget,
        account=locked.honour.organisation.bank_accounts.get(replaced_at=None),
        amount=locked.amount,
        document=locked.document,
        prepared_by=by,
        prepared_at=clock.now(),
    )
    audit.record(by=by, verb="prepare_disbursement", target=payment, after=payment.state)
    return payment


def _payment_problems(entitlement):
    honour, problems = entitlement.honour, []
    if entitlement.state != Entitlement.State.READY:
        problems.append(Problem("not_ready", f"奖补资格现为“{entitlement.get_state_display()}”，不能拨付。没有保存。"))
    if honour.revoked_on:
        problems.append(Problem("revoked", "该荣誉已撤销，不能拨付。没有保存。"))
    account = honour.organisation.bank_accounts.filter(replaced_at=None).first()
    if account is None:
        problems.append(
            Problem("no_account", f"{honour.organisation}还没有确认对公账户，请通知该单位登录平台确认。没有保存。")
        )
    elif account.holder != honour.organisation.name:
        problems.append(Problem("holder", f"账户户名与登记名称“{honour.organisation.name}”不一致。没有保存。"))
    return problems


def digest_of(payment):
    """SHA-256 of what a checker must have seen: payee, account, bank, amount and basis."""
    seen = [
        payment.account.holder,
        payment.account.number,
        payment.account.bank,
        f"{payment.amount:.2f}",
        payment.document,
    ]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


@transaction.atomic
def reveal_account(disbursement, *, by, reason):
    """Show a full account number once, with the reason in the trail. For maker and checker only."""
    permit(by, Permission.ACCOUNT_VIEW, disbursement)
    if not reason.strip():
        raise Refused([Problem("reason", "请写明查看账号的理由。没有显示。", "reason")])
    audit.record(by=by, verb="reveal_account", target=disbursement, note=reason)
    return disbursement.account


def approve(disbursement, *, by, seen):
    """The checker approves what was seen. Refused for the maker, for changed content, and over budget.

    Also while a credit record that two people have not excluded stands in the way of the honour's application.
    """
    with Disbursement.workflow.move(disbursement, "approve", by=by, details={"seen": seen}) as locked:
        problems = _payment_problems(locked.entitlement) + _credit_problems(locked)
        if locked.prepared_by_id == by.pk:
            problems.append(Problem("two_people", "经办人不能复核自己的拨付单，请由另一名复核人员办理。没有复核。"))
        if seen != digest_of(locked):
            problems.append(
                Problem("changed", "拨付单在您查看之后有变化，请重新核对收款方、账户、金额和依据。没有复核。")
            )
        if locked.account.replaced_at:
            problems.append(Problem("account", "该单位已更换对公账户，请退回经办重新编制。没有复核。"))
        if problems:
            raise Refused(problems)
        _reserve(locked.budget_id, locked.amount)
        locked.approved_by, locked.approved_at, locked.seen = by, clock.now(), seen
        _book(locked, "approve", by, Account.COMMITTED, Account.AVAILABLE)
        wake(SEND, locked.pk)
    return locked


def _credit_problems(payment):
    """Credit records in the way of a payment, also where the honour is of another authority or of years past."""
    honour = payment.entitlement.honour
    return problems_with([honour.application], judges=2) if honour.application else problems_of(honour.organisation)


def _reserve(budget_pk, amount):
    """Take the sum out of the budget. The check constraint refuses an overdraft; here it becomes a sentence."""
    try:
        with transaction.atomic():
            Budget.objects.filter(pk=budget_pk).update(reserved=F("reserved") + amount)
    except IntegrityError:
        remaining = Budget.objects.get(pk=budget_pk).remaining
        text = f"预算余额 {remaining:,} 元，本单 {amount:,} 元，超出 {amount - remaining:,} 元。没有复核。"
        raise Refused([Problem("over_budget", text)]) from None


def _release(payment):
    Budget.objects.filter(pk=payment.budget_id).update(reserved=F("reserved") - payment.amount)


def _book(payment, event, by, debit, credit):
    ledger.book(
        source=f"disbursement:{payment.pk}:{event}",
        memo=f"{payment.account.holder} {payment.get_state_display()}",
        by=by,
        budget=payment.budget,
        debit=debit,
        credit=credit,
        amount=payment.amount,
        disbursement=payment,
    )


def reject(disbursement, *, by, reason):
    """The checker sends a payment back; approved already, its reservation is released by a reversing entry."""
    with Disbursement.workflow.move(disbursement, "reject", by=by, note=reason) as locked:
        if locked.state == Disbursement.State.APPROVED:
            _release(locked)
            _book(locked, "reject", by, Account.AVAILABLE, Account.COMMITTED)
    return locked


def cancel(disbursement, *, by, reason):
    """The maker takes an unapproved payment back."""
    with Disbursement.workflow.move(disbursement, "cancel", by=by, note=reason) as locked:
        pass
    return locked


def claim(disbursement, *, by):
    """Take an approved payment for sending, so that nobody can recall it in flight.

    Refused while a credit record stands in the way, whatever was known at the approval, and once the honour is revoked.
    """
    with Disbursement.workflow.move(disbursement, "claim", by=by) as locked:
        problems = _credit_problems(locked)
        if locked.entitlement.honour.revoked_on:
            problems.append(Problem("revoked", "该荣誉已撤销，不能支付。没有送出。"))
        if problems:
            raise Refused(problems)
        locked.problem = ""
        _book(locked, "claim", by, Account.IN_TRANSIT, Account.COMMITTED)
    return locked


@transaction.atomic
def hold_back(disbursement, *, by, why):
    """Note on an approved payment why it was not sent; it waits in its state, and each sweep asks again."""
    permit(by, Permission.DISBURSEMENT_SEND, disbursement)
    locked = Disbursement.objects.select_for_update(of=("self",)).get(pk=disbursement.pk)
    if locked.state == Disbursement.State.APPROVED and locked.problem != why:
        locked.problem = why
        locked.save(update_fields=["problem"])
        audit.record(by=by, verb="hold_back", target=locked, note=why)
    return locked


def count_attempt(disbursement):
    """Count one more handing-over before it is tried. Tells whether another try is allowed."""
    counted = Disbursement.objects.filter(
        pk=disbursement.pk, state=Disbursement.State.SENDING, attempts__lt=MAX_ATTEMPTS
    ).update(attempts=F("attempts") + 1)
    return bool(counted)


def book_receipt(disbursement, *, by, receipt):
    """The treasury has the order."""
    with Disbursement.workflow.move(disbursement, "book", by=by, details={"receipt": receipt}) as locked:
        locked.receipt, locked.problem = receipt, ""
        _tell(locked, "payment_sent", amount=f"{locked.amount:,}")
    return locked


def settle(disbursement, *, by, day):
    """The treasury says: paid. An honour revoked while the money was on its way makes it owed back at once."""
    with Disbursement.workflow.move(disbursement, "settle", by=by) as locked:
        locked.answered_on = day
        _book(locked, "settle", by, Account.PAID, Account.IN_TRANSIT)
        honour = locked.entitlement.honour  # read under the payment's lock, which a revocation takes too
        if honour.revoked_on:
            clawback_actions.open_clawback(locked, by=by, document=honour.revoked_under)
    return locked


def bounce(disbursement, *, by, day, reason):
    """The treasury says: returned. The money is available again; a new payment may be prepared."""
    with Disbursement.workflow.move(disbursement, "bounce", by=by, note=reason) as locked:
        locked.answered_on, locked.problem = day, reason
        _release(locked)
        _book(locked, "bounce", by, Account.AVAILABLE, Account.IN_TRANSIT)
        _tell(locked, "payment_returned", amount=f"{locked.amount:,}", reason=reason)
    return locked


def _tell(payment, kind, **values):
    honour = payment.entitlement.honour
    if honour.application:
        tell_members(honour.application, kind, matter=f"payment-{payment.pk}", **values)
    else:
        people = [m.user for m in honour.organisation.memberships.filter(ended_at=None).select_related("user")]
        notify(people, kind, matter=f"payment-{payment.pk}", **values)


def import_answers(*, by):
    """Book what the treasury answered. Importing again changes nothing; what does not fit is listed, not guessed.

    Returns a dict: settled, bounced, repeated (counts) and differences (sentences).
    """
    permit(by, Permission.DISBURSEMENT_SEND)
    report = {"settled": 0, "bounced": 0, "repeated": 0, "differences": []}
    with only_one(IMPORT_LOCK) as alone:
        for path in treasury.answer_files() if alone else []:
            for answer in treasury.answers(path):
                _take(answer, report, by)
            treasury.put_away(path)
    for difference in report["differences"]:
        log.error("treasury answer: %s", difference)
    return report


def _take(answer, report, by):
    payment = None if answer.problem else Disbursement.objects.filter(reference=_uuid(answer.reference)).first()
    if answer.problem or payment is None:
        report["differences"].append(f"{answer.problem or '没有这个支付流水号'}：{answer.line}")
    elif payment.amount != answer.amount:
        report["differences"].append(f"金额不符，应为 {payment.amount}：{answer.line}")
    elif payment.state in {Disbursement.State.PAID, Disbursement.State.RETURNED}:
        same = (payment.state == Disbursement.State.PAID) == (answer.result == treasury.PAID)
        report["repeated"] += same
        if not same:
            report["differences"].append(f"结果与已登记的“{payment.get_state_display()}”不同：{answer.line}")
    else:
        _settle_or_bounce(payment, answer, report, by)


def _settle_or_bounce(payment, answer, report, by):
    try:
        if answer.result == treasury.PAID:
            settle(payment, by=by, day=answer.day)
            report["settled"] += 1
        else:
            bounce(payment, by=by, day=answer.day, reason=answer.note or "未说明原因。")
            report["bounced"] += 1
    except WrongState as late:
        report["differences"].append(f"{late}：{answer.line}")


def _uuid(text):
    try:
        return UUID(text)
    except ValueError:
        return None
