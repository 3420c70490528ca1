from django.db import transaction
from django.utils.timezone import localdate

from awards.applications.actions import tell_members
from awards.programmes.queries import calendar, rules_after_award
from awards.resolutions.models import Honour
from awards.resolutions.scan_actions import store_scan
from awards.standing.bars import editions_barred
from awards.standing.models import Bar
from awards.subsidies.clawbacks.actions import withdraw_money
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store
from enterprises.files.checks import refused_at
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock, workdays
from foshan_quality.lib.problems import Problem, WrongState
from foshan_quality.permissions import Permission

from .judgement import decision_problems
from .models import OPEN, HolderStatement, Revocation, RevocationPaper

EVIDENCE = ("pdf", "jpeg", "png", "docx", "xlsx")
STATED = ("pdf", "jpeg", "png", "docx")


@transaction.atomic
def propose(honour, *, by, cause, facts, basis, uploads=()):
    """Propose to take an honour back, with the evidence. Refused once it is revoked and while a proposal is open."""
    permit(by, Permission.REVOCATION_RUN, honour)
    locked = Honour.objects.select_for_update(of=("self",)).get(pk=honour.pk)
    problems = []
    if locked.revoked_on:
        problems.append(Problem("revoked", "这项荣誉已经撤销。没有保存。", "honour"))
    if locked.revocations.filter(state__in=OPEN).exists():
        problems.append(Problem("open", "这项荣誉已有正在办理的撤销提议。没有重复保存。", "honour"))
    problems += [
        Problem("empty", f"请写明{label}。没有保存。", where)
        for where, label, text in (("facts", "事实", facts), ("basis", "依据", basis))
        if not text.strip()
    ]
    if problems:
        raise Refused(problems)
    revocation = Revocation.objects.create(
        honour=locked, cause=cause, facts=facts, basis=basis, proposed_by=by, proposed_at=clock.now()
    )
    _add_papers(revocation, by, uploads)
    audit.record(by=by, verb="propose_revocation", target=revocation, after=revocation.state, note=basis)
    return revocation


@transaction.atomic
def add_evidence(revocation, *, by, uploads):
    """Add files of evidence while nothing is decided."""
    permit(by, Permission.REVOCATION_RUN, revocation)
    locked = Revocation.objects.select_for_update(of=("self",)).get(pk=revocation.pk)
    if locked.state not in OPEN:
        raise WrongState("这件撤销已经办结，不能再加材料。没有保存。")
    papers = _add_papers(locked, by, uploads)
    audit.record(
        by=by, verb="add_revocation_papers", target=locked, details={"sha256": [p.file.digest for p in papers]}
    )
    return locked


def _add_papers(revocation, by, uploads):
    with refused_at("uploads"):
        stored = [store(upload, by=by, accepted=EVIDENCE) for upload in uploads]
    return [
        RevocationPaper.objects.create(revocation=revocation, file=file, added_by=by, added_at=clock.now())
        for file in stored
    ]


def drop(revocation, *, by, reason):
    """Take back a proposal of which the holder has not been told."""
    with Revocation.workflow.move(revocation, "drop", by=by, note=reason) as locked:
        pass
    return locked


def tell(revocation, *, by):
    """Tell the holder what is held against it and until when it may state its case. Refused past the calendar."""
    with Revocation.workflow.move(revocation, "tell_revocation", by=by) as locked:
        try:
            days, today = rules_of(locked.honour)["revocation_days"], clock.today()
            locked.answer_by = workdays.last_day(today, days, calendar(), first_day_counted=False)
        except workdays.BeyondCalendar as beyond:
            raise Refused([f"{beyond}没有告知。"]) from None
        locked.told_at, locked.told_by = clock.now(), by
        _tell(locked, "revocation_told", until=str(locked.answer_by), honour=str(locked.honour))
    return locked


def rules_of(honour):
    """The rules an honour is revoked by: those of its edition, or the default ones."""
    return rules_after_award(honour.application and honour.application.edition)


def _tell(revocation, kind, **values):
    honour = revocation.honour
    if honour.application:
        tell_members(honour.application, kind, matter=revocation.pk, **values)
    elif honour.organisation:
        members = honour.organisation.memberships.filter(ended_at=None).select_related("user")
        notify([member.user for member in members], kind, matter=revocation.pk, **values)


@transaction.atomic
def state_case(revocation, *, by, text, upload=None):
    """The holder's own words, until the last day; said again, both stay. Refused later."""
    permit(by, Permission.REVOCATION_ANSWER, revocation)
    if not text.strip():
        raise Refused([Problem("text", "请写明陈述申辩的内容。没有提交。", "text")])
    with refused_at("upload"):
        file = store(upload, by=by, accepted=STATED) if upload else None
    locked = Revocation.objects.select_for_update(of=("self",)).get(pk=revocation.pk)
    if locked.state != Revocation.State.TOLD or clock.today() > locked.answer_by:
        raise Refused([Problem("closed", f"陈述申辩已于 {locked.answer_by} 截止或已经办结。没有提交，请联系秘书处。")])
    statement = HolderStatement.objects.create(
        revocation=locked, text=text, file=file, stated_by=by, stated_at=clock.now()
    )
    audit.record(by=by, verb="state_case", target=locked, details={"sha256": file.digest} if file else None)
    return statement


def hear(revocation, *, by, heard_on, record):
    """Write down how the holder was heard. Refused before its last day unless it has spoken, and for a day to come."""
    with Revocation.workflow.move(revocation, "hear_holder", by=by) as locked:
        problems = []
        if clock.today() <= locked.answer_by and not locked.statements.exists():
            text = f"单位可以在 {locked.answer_by} 前陈述申辩，期限未到且尚未提交，不能结束听取意见。没有保存。"
            problems.append(Problem("too_early", text))
        if not localdate(locked.told_at) <= heard_on <= clock.today():
            problems.append(Problem("heard_on", "日期应在告知之后、不晚于今天。没有保存。", "heard_on"))
        if not record.strip():
            problems.append(Problem("record", "请记录听取意见的情况。没有保存。", "record"))
        if problems:
            raise Refused(problems)
        locked.heard_on, locked.hearing_record = heard_on, record
        locked.heard_at, locked.heard_by = clock.now(), by
    return locked


def decide(
    revocation,
    *,
    by,
    outcome,
    upload=None,
    issuer="",
    number="",
    title="",
    issued_on=None,
    public_reason="",
    grounds="",
    repay_by=None,
):
    """Enter the decision from its sealed original; nothing takes effect yet.

    Refused with every reason at once: not heard, no proper document of a revocation, no grounds for keeping.
    """
    with Revocation.workflow.move(revocation, "enter_decision", by=by, note=number) as locked:
        facts = {
            "outcome": outcome,
            "issuer": issuer,
            "number": number,
            "title": title,
            "issued_on": issued_on,
            "public_reason": public_reason.strip(),
            "grounds": grounds.strip(),
            "repay_by": repay_by,
        }
        problems = decision_problems(facts, today=clock.today(), has_scan=bool(upload))
        if not (locked.heard_at or locked.is_return):
            problems.insert(0, Problem("not_heard", "还没有听取单位的意见，不能录入决定。没有保存。"))
        if problems:
            raise Refused(problems)
        for field, value in facts.items():
            setattr(locked, field, value)
        locked.scan = store_scan(upload, by=by)
        locked.entered_by, locked.entered_at = by, clock.now()
    return locked


def correct(revocation, *, by, reason):
    """Give an entered decision back that does not agree with the original; it is entered anew."""
    with Revocation.workflow.move(revocation, "return_decision", by=by, note=reason) as locked:
        if not locked.heard_at:  # given back by the holder itself: there was no hearing
            locked.heard_at, locked.heard_by, locked.heard_on = clock.now(), by, clock.today()
            locked.hearing_record = "单位自愿交回，未另行听取意见。"
    return locked


def revoke(revocation, *, by):
    """A second person confirms the decision: honour, certificate, register, money and bar follow at once.

    Refused for whoever entered it, and where the entry says that the honour stays.
    """
    with Revocation.workflow.move(revocation, "revoke", by=by, note=revocation.number) as locked:
        _refuse_wrong_confirmer(locked, by, Revocation.Outcome.REVOKE)
        honour = Honour.objects.select_for_update(of=("self",)).get(pk=locked.honour_id)
        locked.confirmed_at, locked.confirmed_by = clock.now(), by
        document = f"{locked.number}《{locked.title}》"
        money = withdraw_money(honour, by=by, document=document, due_on=locked.repay_by)
        honour.revoked_on, honour.revoked_because = locked.issued_on, locked.public_reason
        honour.revoked_under = locked.number
        honour.save(update_fields=["revoked_on", "revoked_because", "revoked_under"])
        _bar(locked, honour, by)
        audit.record(by=by, verb="revoke_honour", target=honour, note=locked.public_reason, details=_said(money))
        _tell(locked, "honour_revoked", document=locked.number, reason=locked.public_reason, honour=str(honour))
    return locked


def _said(money):
    named = {name: [row.pk for row in getattr(money, name)] for name in ("stopped", "clawbacks", "on_its_way")}
    return {name: keys for name, keys in named.items() if keys}


def _bar(revocation, honour, by):
    editions = editions_barred(revocation.cause, rules_of(honour))
    if not editions or honour.application is None:
        return
    edition = honour.application.edition
    day = revocation.issued_on
    Bar.objects.create(
        organisation_id=honour.organisation_id,
        programme_id=edition.programme_id,
        editions=editions,
        since=revocation.confirmed_at,
        is_rehearsal=edition.is_rehearsal,
        reason=f"{honour.year}年{honour.kind}已于 {day} 撤销（{revocation.number}）。",
        set_by=by,
    )


def keep(revocation, *, by):
    """A second person confirms that the honour stays. Nothing of it changes; the holder is told."""
    with Revocation.workflow.move(revocation, "keep_honour", by=by) as locked:
        _refuse_wrong_confirmer(locked, by, Revocation.Outcome.KEEP)
        locked.confirmed_at, locked.confirmed_by = clock.now(), by
        _tell(locked, "honour_kept", honour=str(locked.honour))
    return locked


def _refuse_wrong_confirmer(revocation, by, outcome):
    if revocation.entered_by_id == by.pk:
        raise Refused([Problem("two_people", "录入人不能自己核对，请由另一名工作人员与原件核对。没有生效。")])
    if revocation.outcome != outcome:
        raise WrongState(f"录入的决定是“{revocation.get_outcome_display()}”。没有生效，请刷新页面查看。")
