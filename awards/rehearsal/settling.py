"""What happens beyond the single straight payment: a sum paid in two parts, and one that comes back and goes again."""

from django.core.files.uploadedfile import SimpleUploadedFile

from awards.models import HonourKind, SubsidyRule
from awards.resolutions import entry_actions as entering
from awards.subsidies import actions as entitling
from awards.subsidies.batches import actions as batching
from awards.subsidies.models import Disbursement
from awards.subsidies.plans import actions as planning
from awards.subsidies.plans.instalments import Part
from awards.subsidies.tasks import import_results
from enterprises.files.actions import store_pdf
from enterprises.organisations import actions as registering
from foshan_quality.lib.money import yuan

from . import papers, paying, revoking

OLDER = "广东省政府质量奖"
WRONG = "账号不存在（演练）"
CORRECTED, AGAIN, ARRIVED = ({"hours": hours} for hours in (2, 4, 6))  # on the day of the treasury's first answer


def arrange(season):
    """An older honour whose money is still outstanding, and the special sum in two parts, each by two people."""
    maker, checker = season.users["finance_maker"], season.users["finance_checker"]
    with season.at("entitle"):
        season.older = entitling.entitle(_older_honour(season), by=maker)
        season.in_parts = season.entitlements[-1]
        half = yuan(season.in_parts.amount / 2)
        days = [season.moment("pay").date(), season.moment("answer").date()]
        parts = [Part(days[0], half, "表彰后"), Part(days[1], season.in_parts.amount - half, "项目启动后")]
        plan = planning.enter_plan(
            season.in_parts,
            by=maker,
            parts=parts,
            document=season.in_parts.document,
            reason="按项目进度分两期兑现（演练）。",
        )
        planning.confirm_plan(season.in_parts, by=checker, plan=plan.pk)
    season.entitlements.append(season.older)
    season.coming_back = {season.older.pk: WRONG}
    season.voice.say(f"以前年度荣誉尚未兑现 1 笔 {season.older.amount:,} 元；专项分 {len(parts)} 期")


def _older_honour(season):
    """A provincial award of the last day its published amount was valid, held by the last of the ranking."""
    last = season.edition.applications.get(number=season.ranking.rows[-1]["number"])
    rule = SubsidyRule.objects.filter(kind__name=OLDER, valid_to__isnull=False).latest("valid_to")
    entry = entering.enter_honour(
        by=season.users["secretariat"],
        kind=HonourKind.objects.get(name=OLDER),
        year=rule.valid_to.year,
        organisation=last.organisation,
        announced_on=rule.valid_to,
        title="演练：省公告（虚构）",
        upload=revoking.scan("省公告"),
        is_rehearsal=True,
    )
    return entering.confirm_honour(entry, by=season.users["secretariat_second"]).honour


def settle(season):
    """The enterprise corrects its account, the returned sum goes again beside the second part, and both arrive."""
    season.stage("answer", "退汇：单位更正账户，重新编制；分期：编制第二期")
    mine = Disbursement.objects.filter(budget=season.budget)
    returned = mine.get(entitlement=season.older, state="returned")
    with season.at("answer", **CORRECTED):
        _correct_account(season, season.older.honour.organisation)
    maker, checker, third = (
        season.users[key] for key in ("finance_maker", "finance_checker", "finance_checker_second")
    )
    with season.at("answer", **AGAIN):
        again = entitling.prepare_again(returned, by=maker, budget=season.budget)
        entitling.look(again, by=third, note="按原留联系人电话核实（演练）。")
        second = entitling.prepare(season.in_parts, by=maker, budget=season.budget)
        for payment in (again, second):
            entitling.approve(payment, by=checker, seen=entitling.digest_of(payment))
        batch = batching.make_batch(by=maker, payments=[again, second])
    season._watch("送财政", mine.filter(state="sending"), 2)
    with season.at("answer", **ARRIVED):
        paying.answer_as_treasury(batch, season.moment("answer").date())
        import_results.delay()
    season._watch("到账", mine.filter(state="sent"), 2)
    season.payments = list(mine.order_by("pk"))
    season.returned, season.again = returned, mine.get(pk=again.pk)
    season.voice.say(
        f"{returned.account.holder} 退汇 {returned.amount:,} 元（{returned.problem}），"
        f"更正账户后已付；专项两期共 {season.in_parts.amount:,} 元付清"
    )


def _correct_account(season, organisation):
    firm = season.firm_of[organisation.pk]
    owner = season.account(firm.owner)
    scan = SimpleUploadedFile("开户信息（更正）.pdf", papers.account_pdf(firm), "application/pdf")
    registering.set_bank_account(
        organisation,
        by=owner,
        holder=organisation.name,
        bank=firm.bank.name,
        number=f"{firm.bank.account[:-1]}{(int(firm.bank.account[-1]) + 1) % 10}",
        proof=store_pdf(scan, by=owner),
    )


def settled(season):
    """The same for the report, plain values."""
    plan = season.in_parts.plans.get(state="in_force")
    return {
        "returned": {
            "organisation": season.returned.account.holder,
            "amount": str(season.returned.amount),
            "because": season.returned.problem,
            "again": season.again.state,
            "replaces": season.again.replaces_id == season.returned.pk,
        },
        "instalments": [
            {"turn": part.turn, "due_on": part.due_on.isoformat(), "amount": str(part.amount), "state": payment.state}
            for part in plan.instalments.all()
            for payment in part.payments.all()
        ],
        "recovery": {
            "amount": str(season.recovery.amount),
            "voucher": season.recovery.document,
            "entered_by": str(season.recovery.entered_by),
            "confirmed_by": str(season.recovery.confirmed_by),
        },
    }
