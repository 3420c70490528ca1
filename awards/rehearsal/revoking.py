"""Approval with scan and list, a higher honour by two people, and one honour taken back with its money."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape

from awards.models import HonourKind
from awards.resolutions import actions as resolving
from awards.resolutions import entry_actions as entering
from awards.resolutions.queries import candidates
from awards.revocations import actions as revoking
from awards.subsidies.clawbacks import actions as recovering
from awards.subsidies.clawbacks.models import Clawback
from foshan_quality.lib import clock
from foshan_quality.lib.money import yuan

from .papers import specimen_pdf

ISSUER = "佛山市人民政府（演练）"
PROPOSED, STATED, HEARD, DECIDED, CAME_BACK = ({"days": days} for days in (1, 3, 6, 9, 14))  # after the last payment
LOSES_IT = 1  # among the honours of the first approval; the first one holds the higher honour


def scan(title):
    """A page that stands for the scan of a paper, marked as rehearsed."""
    content = specimen_pdf(title, f"<h1>{escape(title)}</h1><p>代替盖章原件的扫描件，不是公文。</p>")
    return SimpleUploadedFile("扫描件（演练）.pdf", content, "application/pdf")


def approve(season, *, number, title="表彰", on="resolve"):
    """The document with its scan and its list, entered by one and confirmed by another; the examined are not on it."""
    title = f"关于{title}{season.edition}获奖单位的通报（演练）"
    entered = resolving.enter(
        season.edition,
        by=season.users["secretariat"],
        number=number,
        title=title,
        issuer=ISSUER,
        issued_on=season.moment(on).date(),
        names=[candidate.name for candidate in candidates(season.edition)],
        upload=scan(title),
    )
    return resolving.confirm(entered, by=season.users["secretariat_second"])


def higher_honour(season, organisation):
    """A national award, entered from its announcement by one and confirmed by another."""
    entry = entering.enter_honour(
        by=season.users["secretariat"],
        kind=HonourKind.objects.get(name="中国质量奖"),
        year=season.year,
        organisation=organisation,
        announced_on=season.moment("higher").date(),
        title="演练：国家公告（虚构）",
        upload=scan("国家公告"),
        is_rehearsal=True,
    )
    return entering.confirm_honour(entry, by=season.users["secretariat_second"]).honour


def revoke(season):
    """A winner's honour is taken back after its money was paid; half of it has returned so far."""
    season.stage("answer", "撤销荣誉：告知、陈述申辩、决定、追回奖金")
    honour, number = season.honours[LOSES_IT], f"演府〔{season.year}〕{season.serial + 500}号"
    _decide(season, _hear(season, honour), number)
    season.clawback = _recover(season, honour)
    season.voice.say(
        f"{number}：撤销 {honour.organisation_name}，应追回 {season.clawback.owed:,} 元，"
        f"已追回 {season.clawback.received:,} 元"
    )


def _hear(season, honour):
    """Proposed with its grounds, told to the holder, who states the own case and is heard."""
    by = season.users["secretariat"]
    with season.at("answer", **PROPOSED):
        proposed = revoking.propose(
            honour,
            by=by,
            cause="fraud",
            facts="申报的质量损失率与审计资料不符（演练）。",
            basis="演练设定，不代表本市规定",
            uploads=[scan("核查记录")],
        )
        told = revoking.tell(proposed, by=by)
    with season.at("answer", **STATED):
        revoking.state_case(told, by=season.owner(honour.application), text="统计口径有误，非主观故意（演练）。")
    with season.at("answer", **HEARD):
        record = "当面听取意见并核对原始台账（演练）。"
        return revoking.hear(told, by=by, heard_on=clock.today(), record=record)


def _decide(season, heard, number):
    """The government's decision, entered by one and confirmed by another: from then on it is in force."""
    with season.at("answer", **DECIDED):
        decided = revoking.decide(
            heard,
            by=season.users["secretariat"],
            outcome="revoke",
            issuer=ISSUER,
            number=number,
            title="关于撤销质量奖的决定（演练）",
            issued_on=clock.today(),
            public_reason="申报材料不实（演练）。",
            upload=scan("关于撤销质量奖的决定"),
        )
        revoking.revoke(decided, by=season.users["secretariat_second"])


def _recover(season, honour):
    """Half of what is owed has come back."""
    opened = Clawback.objects.get(disbursement__entitlement__honour=honour)
    with season.at("answer", **CAME_BACK):
        entered = recovering.enter_recovery(
            opened,
            by=season.users["finance_maker"],
            amount=yuan(opened.owed / 2),
            received_on=clock.today(),
            voucher=f"演练凭证{season.serial}",
        )
        season.recovery = recovering.confirm_entry(entered, by=season.users["finance_checker"])
    opened.refresh_from_db()
    return opened
