import hashlib

from django.db import IntegrityError, transaction
from django.db.models import F

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import ledger
from .batches.closing import close_answered
from .books.sources import EVENTS
from .budgets import budget_problems
from .clawbacks import actions as clawback_actions
from .facts import ASKED
from .ledger import Account
from .matters import CAME_TO_NOTHING, DEAD, account_doubts, as_rows, lock_group, owed_for
from .models import Budget, Disbursement, Entitlement
from .plans.turns import same_account_problems
from .sums import positive_sum
from .telling import tell_payee


@transaction.atomic
def entitle(honour, *, by, amount=None, document="", reason="", payer="city"):
    """Enter what an honour entitles to, from one payer. Without an amount: what is owed by the table of its date,
    less what the same matter brought before.

    Another amount is a special payment: it needs its own basis and a reason, and waits for an
    authoriser. Refused for a revoked honour, one already entitled, where the table says nothing or nothing is left
    to pay, and while what was found about earlier sums is not explained.
    """
    permit(by, Permission.ENTITLEMENT_ENTER, honour)
    amount = None if amount is None else positive_sum(amount, "amount")
    group = lock_group(honour.organisation) if honour.organisation else []
    honour = type(honour).objects.select_for_update(of=("self",)).select_related("kind").get(pk=honour.pk)
    line, due = owed_for(honour, payer, group=group)
    is_special = amount is not None and amount != due.amount
    problems = _honour_problems(honour, payer)
    problems += _special_problems(document, reason) if is_special else _table_problems(line, due, reason)
    if problems:
        raise Refused(problems)
    entitlement = Entitlement.objects.create(
        honour=honour,
        payer=payer,
        amount=amount if is_special else due.amount,
        table_amount=line.amount if line else None,
        owed_amount=due.amount,
        findings=as_rows(due.findings),
        document=document if is_special else line.document,
        reason=reason if is_special or due.findings else "",
        state=Entitlement.State.ENTERED if is_special else Entitlement.State.READY,
        entered_by=by,
        entered_at=clock.now(),
    )
    told = {"amount": str(entitlement.amount), "findings": entitlement.findings}
    audit.record(by=by, verb="entitle", target=entitlement, after=entitlement.state, note=reason, details=told)
    return entitlement


def _honour_problems(honour, payer):
    problems = []
    if honour.revoked_on:
        problems.append(Problem("revoked", "该荣誉已撤销，不能兑现奖补。没有保存。"))
    if honour.entitlements.filter(payer=payer).exclude(state__in=DEAD).exists():
        problems.append(Problem("twice", "该荣誉已录入奖补资格，同一荣誉只兑现一次。没有保存。"))
    if honour.organisation is None:
        problems.append(Problem("no_organisation", "该荣誉没有对应的平台单位，不能兑现奖补。没有保存。"))
    return problems


def _special_problems(document, reason):
    if document.strip() and reason.strip():
        return []
    return [Problem("no_basis", "金额与按标准应付的不同，须有自己的依据文件和理由。没有保存。", "document")]


def _table_problems(line, due, reason):
    if line is None:
        text = "公布日没有有效的奖补标准，请按专项办理：写明金额、依据文件和理由。没有保存。"
        return [Problem("no_line", text, "amount")]
    found = "；".join(finding.text for finding in due.findings)
    if not due.amount:
        return [Problem("nothing_owed", f"按标准扣减后没有应付的金额：{found}。没有保存。", "amount")]
    if found and not reason.strip():
        return [Problem("unexplained", f"请核实下列情况并写明说明：{found}。没有保存。", "reason")]
    return []


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


def take_back(entitlement, *, by, reason):
    """Take back an entitlement that is wrong or overtaken; another may be entered. Refused once it is being paid."""
    with Entitlement.workflow.move(entitlement, "take_back", by=by, note=reason) as locked:
        if locked.disbursements.exclude(state__in=CAME_TO_NOTHING).exists():
            raise Refused(["已有拨付单，不能撤回奖补资格；请先退回或撤销拨付单。没有改动任何内容。"])
    return locked


@transaction.atomic
def open_budget(*, by, fund, year, total, document, payer="city"):
    """Enter a fund's money for a year and open its books."""
    permit(by, Permission.ENTITLEMENT_ENTER)
    facts = {"total": positive_sum(total, "total"), "document": document, "payer": payer}
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
def prepare(entitlement, *, by, budget, because="", facts=ASKED):
    """The maker prepares the payment of a ready entitlement to the organisation's own account in use.

    With a plan it pays the earliest instalment that is due. After a return it takes the place of the returned payment:
    refused to the same account unless `because` says why it will arrive now.
    """
    permit(by, Permission.DISBURSEMENT_PREPARE, entitlement)
    locked = facts.locked_entitlement(entitlement.pk)
    turn, account = facts.turn_of(locked), facts.account_of(locked.honour.organisation)
    problems = payment_problems(locked, facts) + payee_problems(locked, account, budget) + year_problems(budget)
    if turn.problem:
        problems.append(turn.problem)
    problems += same_account_problems(turn, account, because)
    if problems:
        raise Refused(problems)
    payment = Disbursement.objects.create(
        entitlement=locked,
        instalment=turn.instalment,
        replaces=turn.replaces,
        because=because.strip() if turn.replaces else "",
        budget=budget,
        account=account,
        amount=turn.amount,
        document=locked.document,
        prepared_by=by,
        prepared_at=clock.now(),
    )
    details = {"replaces": payment.replaces_id, "because": payment.because} if turn.replaces else None
    audit.record(by=by, verb="prepare_disbursement", target=payment, after=payment.state, details=details)
    return payment


def prepare_again(returned, *, by, budget, because=""):
    """Prepare a returned payment anew; see `prepare`. Refused when another one has taken its place."""
    if returned.replacements.exclude(state=Disbursement.State.CANCELLED).exists():
        raise WrongState("这笔退汇已经重新编制。没有改动任何内容，请刷新页面查看。")
    return prepare(returned.entitlement, by=by, budget=budget, because=because)


def payment_problems(entitlement, facts=ASKED):
    """What stands in the way of paying this entitlement today: its matter, conditions, credit records. Asked when a
    payment is prepared, approved and put into a batch."""
    line, due = facts.due_to(entitlement)
    return [
        *matter_problems(entitlement, due),
        *facts.condition_problems(entitlement, line),
        *facts.credit_problems(entitlement.honour),
    ]


def year_problems(budget):
    """What keeps this budget from paying today: it is another year's."""
    return budget_problems(str(budget), budget.year, budget.carried_until, clock.today())


def payee_problems(entitlement, account, budget):
    """What keeps this budget from paying to this account: it is not the holder's own, in its registered name, or the
    budget is another payer's. Asked when a payment is prepared, approved and put into a batch."""
    holder, problems = entitlement.honour.organisation, []
    anew = "没有办理；拨付单已经编制的，请退回经办重新编制。"
    if account is None:
        problems.append(Problem("no_account", f"{holder}还没有确认对公账户，请通知该单位登录平台确认。没有办理。"))
    elif holder is None or (account.organisation_id, account.holder) != (holder.pk, holder.name):
        text = f"收款账户不是获奖单位（{holder or '不在平台上'}）以登记名称开立的对公账户，请通知该单位重新确认。{anew}"
        problems.append(Problem("holder", text))
    if budget.payer != entitlement.payer:
        text = f"应由{entitlement.get_payer_display()}支付，不能用{budget.get_payer_display()}的预算。{anew}"
        problems.append(Problem("payer", text, "budget"))
    return problems


def matter_problems(entitlement, due):
    """What has become of the entitlement, its honour and the earlier sums it was judged by; `due` is owed now."""
    honour, problems = entitlement.honour, []
    if entitlement.state != Entitlement.State.READY:
        problems.append(Problem("not_ready", f"奖补资格现为“{entitlement.get_state_display()}”，不能拨付。没有保存。"))
    if honour.revoked_on:
        problems.append(Problem("revoked", "该荣誉已撤销，不能拨付。没有保存。"))
    if _weight(as_rows(due.findings)) != _weight(entitlement.findings) or due.amount != entitlement.owed_amount:
        now = "；".join(f.text for f in due.findings) or "没有需要扣减或说明的情况"
        problems.append(
            Problem("overtaken", f"录入奖补资格之后情况有变化，现在是：{now}。请撤回奖补资格后重新录入。没有拨付。")
        )
    return problems


def _weight(findings):
    """What of findings counts; the wording may change with a name."""
    return sorted((f["code"], f["deducted"]) for f in findings)


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


@transaction.atomic
def log_proof_reading(disbursement, *, by):
    """Opening the scan that proves an account is an act too: it shows the full number."""
    permit(by, Permission.ACCOUNT_VIEW, disbursement)
    audit.record(by=by, verb="read_account_proof", target=disbursement)


@transaction.atomic
def look(disbursement, *, by, note):
    """A third person has made sure of an account that was changed lately or is another's too, and says how.

    Never the maker, and not whoever approves. Refused where nothing wants a look.
    """
    permit(by, Permission.ACCOUNT_LOOK, disbursement)
    locked = Disbursement.objects.select_for_update(of=("self",)).get(pk=disbursement.pk)
    if locked.state != Disbursement.State.PREPARED:
        raise WrongState(f"拨付单现为“{locked.get_state_display()}”，不需要核实账户。没有改动任何内容。")
    if locked.prepared_by_id == by.pk:
        raise Refused([Problem("two_people", "经办人不能核实自己编制的拨付单的账户。没有保存。")])
    if not account_doubts(locked.account):
        raise Refused(["这个账户没有需要核实的情况。没有改动任何内容。"])
    locked.looked_by, locked.looked_at, locked.look_note = by, clock.now(), note
    locked.save(update_fields=["looked_by", "looked_at", "look_note"])
    audit.record(by=by, verb="look_at_account", target=locked, note=note)
    return locked


def account_problems(payment, by, found):
    """What stands in the way of paying to this account: replaced meanwhile, or doubted (`found`) and not looked at."""
    if payment.account.replaced_at:
        return [Problem("account", "该单位已更换对公账户，请退回经办重新编制。没有拨付。")]
    if found and payment.looked_by_id is None:
        text = f"{'；'.join(found)}。须由经办、复核以外的第三人核实账户后再复核。没有复核。"
        return [Problem("third_look", text)]
    if by is not None and payment.looked_by_id == by.pk:
        return [Problem("three_people", "核实账户的人不能再复核，请由另一名复核人员办理。没有复核。")]
    return []


def approve(disbursement, *, by, seen, facts=ASKED, among=""):
    """The checker approves what was seen. Refused for the maker, for changed content, and over budget.

    Also while a credit record that two people have not excluded stands in the way of the honour's application, and
    while the books do not agree. `among` is the digest of the list it was seen in, where it was approved with others.
    """
    details = {"seen": seen, "among": among} if among else {"seen": seen}
    with Disbursement.workflow.move(disbursement, "approve", by=by, details=details, read=facts.row_of) as locked:
        entitlement = locked.entitlement
        account = facts.account_of(entitlement.honour.organisation)
        problems = facts.stop_problems() + payment_problems(entitlement, facts)
        problems += payee_problems(entitlement, account, locked.budget)
        if locked.prepared_by_id == by.pk:
            problems.append(Problem("two_people", "经办人不能复核自己的拨付单，请由另一名复核人员办理。没有复核。"))
        if seen != digest_of(locked):
            problems.append(
                Problem("changed", "拨付单在您查看之后有变化，请重新核对收款方、账户、金额和依据。没有复核。")
            )
        problems += account_problems(locked, by, facts.doubts_about(locked.account)) + year_problems(locked.budget)
        if problems:
            raise Refused(problems)
        _reserve(locked.budget_id, locked.amount)
        locked.approved_by, locked.approved_at, locked.seen = by, clock.now(), seen
        _book(locked, "approve", by, Account.COMMITTED, Account.AVAILABLE)
    return locked


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
    words = EVENTS.get(("disbursement", event), event)
    ledger.book(**ledger.of_payment(payment, event, words, by=by, debit=debit, credit=credit))


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


@transaction.atomic
def settle(disbursement, *, by, day):
    """The treasury says: paid. An honour revoked while the money was on its way makes it owed back at once."""
    with Disbursement.workflow.move(disbursement, "settle", by=by) as locked:
        locked.answered_on = day
        _book(locked, "settle", by, Account.PAID, Account.IN_TRANSIT)
        honour = locked.entitlement.honour  # read under the payment's lock, which a revocation takes too
        if honour.revoked_on:
            clawback_actions.open_clawback(locked, by=by, document=honour.revoked_under)
    close_answered([locked.batch_id], by=by)
    return locked


@transaction.atomic
def bounce(disbursement, *, by, day, reason):
    """The treasury says: returned. The money is available again; a new payment may be prepared."""
    with Disbursement.workflow.move(disbursement, "bounce", by=by, note=reason) as locked:
        locked.answered_on, locked.problem = day, reason
        _release(locked)
        _book(locked, "bounce", by, Account.AVAILABLE, Account.IN_TRANSIT)
        _tell(locked, "payment_returned", amount=f"{locked.amount:,}", reason=reason)
    close_answered([locked.batch_id], by=by)
    return locked


def _tell(payment, kind, **values):
    tell_payee(payment.entitlement.honour, kind, matter=f"payment-{payment.pk}", **values)
