"""The money of a rehearsal: accounts confirmed, payments prepared and checked, one batch sent, the answers read."""

from django.core.files.uploadedfile import SimpleUploadedFile

from awards.subsidies import actions as paying
from awards.subsidies.batches import actions as batching
from awards.subsidies.batches import treasury
from awards.subsidies.batches.layouts import ANSWER, PAID, RETURNED
from awards.subsidies.models import Disbursement
from awards.subsidies.tasks import import_results
from enterprises.files.actions import store_pdf
from enterprises.organisations import actions as registering

from . import papers


def pay(season):
    """The whole way of the money, once: one person prepares, another approves, the first makes the batch."""
    season.stage("pay", "拨付：经办、复核、编支付批次、送财政、到账")
    _confirm_accounts(season)
    fetch_orders()
    maker, checker = season.users["finance_maker"], season.users["finance_checker"]
    with season.at("pay"):
        payments = [paying.prepare(e, by=maker, budget=season.budget) for e in season.entitlements]
        for payment in payments:
            paying.approve(payment, by=checker, seen=paying.digest_of(payment))
        batch = batching.make_batch(by=maker, payments=payments)
    mine = Disbursement.objects.filter(budget=season.budget)
    season._watch("送财政", mine.filter(state="sending"), len(payments))
    season.voice.say(f"{batch}：{batch.count} 笔，共 {batch.total:,} 元（{batch.total_in_words}）")
    with season.at("answer"):
        fetch_orders()
        answer_as_treasury(batch, season.moment("answer").date(), _coming_back(season, batch))
        import_results.delay()
    season._watch("到账", mine.filter(state="sent"), len(payments))
    season.payments = list(mine.order_by("pk"))
    paid = [payment for payment in season.payments if payment.state == "paid"]
    season.voice.say(f"到账 {len(paid)} 笔，共 {sum(payment.amount for payment in paid):,} 元")


def _coming_back(season, batch):
    """Which payments of a batch the bank sends back, and why."""
    why = season.coming_back
    return {p: (RETURNED, why[p.entitlement_id]) for p in batch.payments.all() if p.entitlement_id in why}


def _confirm_accounts(season):
    with season.at("account"):
        for organisation in {e.honour.organisation for e in season.entitlements}:
            firm = season.firm_of[organisation.pk]
            owner = season.account(firm.owner)
            scan = SimpleUploadedFile("开户信息.pdf", papers.account_pdf(firm), "application/pdf")
            registering.set_bank_account(
                organisation,
                by=owner,
                holder=firm.bank.holder,
                bank=firm.bank.name,
                number=firm.bank.account,
                proof=store_pdf(scan, by=owner),
            )


def fetch_orders():
    """Play the paying side: take away the order files that lie there, those of a rehearsal on older data too."""
    taken = treasury.folder("out/taken")
    for path in treasury.folder("out").glob("*.*"):
        if path.is_file():
            path.replace(taken / path.name)


def answer_as_treasury(batch, day, said=None):
    """Play the paying side: one answer file about a batch. `said` gives (result, note) by payment; the rest is paid."""
    said, lines = said or {}, [",".join(ANSWER)]
    for payment in batch.payments.order_by("pk"):
        result, note = said.get(payment, (PAID, ""))
        lines.append(f"{batch.number},{payment.reference},{payment.amount},{result},{day:%Y-%m-%d},{note}")
    path = treasury.folder("in") / f"{batch.number}-result.csv"
    draft = path.with_suffix(".part")
    draft.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
    draft.replace(path)
