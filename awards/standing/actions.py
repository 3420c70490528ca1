from django.apps import apps
from django.db import transaction

from awards.process import APPLICATION, State
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.credit.actions import KNOWN
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone, hold_together
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .models import LATE, ON_THE_WAY, CreditFinding, Judgement
from .queries import in_the_way, in_the_way_of
from .verdict import Judged, Verdict, stands_in_the_way

# How an application leaves the list, by where it stands. Before acceptance it is refused by the screening.
WAYS_OUT = {
    State.IN_REVIEW: "pass_over",
    State.SHORTLISTED: "leave_out",
    State.PROPOSED: "leave_out",
    State.PUBLICISED: "strike",
}


def problems_with(applications, *, judges=1):
    """Why these applications may not go on today: one problem for each credit record in the way.

    Asked inside the act's transaction, before its first line in the trail: records and judgements that are just
    coming in are waited for, and none comes in until the act is over. `judges` says how many people must have
    excluded a record; approval and payment ask for two.
    """
    return [problem for _pk, problem in _problems_with(applications, judges)]


def problems_by_application(applications, *, judges=1):
    """The same by the key of the application, for many at once; those with nothing in their way are missing."""
    return _by_key(_problems_with(applications, judges))


def _problems_with(applications, judges):
    hold_together(KNOWN)
    for application, record, found in in_the_way(list(applications)):
        why = stands_in_the_way(found, judges=judges)
        if why:
            yield application.pk, Problem("credit", _said(application, record, found, why))


def problems_of(organisation):
    """The same for an organisation with an honour but no application here, paid today.

    There is no application to judge such a record for, so what does not belong is corrected where records are kept.
    """
    return [problem for _pk, problem in _problems_of([organisation])]


def problems_by_organisation(organisations):
    """The same by the key of the organisation, for many at once; those with nothing in their way are missing."""
    return _by_key(_problems_of(organisations))


def _problems_of(organisations):
    hold_together(KNOWN)
    remedy = "请退回经办；记录有误的，由秘书处在“信用记录”更正、登记修复或作废后再办理"
    for organisation, record in in_the_way_of(organisations):
        text = f"{organisation.name}在追溯期内有一条信用记录：{record.said}。没有办理，{remedy}。"
        yield organisation.pk, Problem("credit", text)


def _by_key(pairs):
    found = {}
    for key, problem in pairs:
        found.setdefault(key, []).append(problem)
    return found


def refuse_unless_clear(applications, *, judges=1):
    """Refuse the act while a credit record stands in the way of one of these applications; see `problems_with`."""
    problems = problems_with(applications, judges=judges)
    if problems:
        raise Refused(problems)


def _said(application, record, found, why):
    if found == Verdict.CONFIRMED and application.state == State.HONOURED:
        remedy = "请退回经办，并按规定研究撤销荣誉"
    elif found == Verdict.CONFIRMED and application.state == State.SUBMITTED:
        remedy = "请作出不予受理决定"
    elif found == Verdict.CONFIRMED:
        remedy = "请先在“信用核查”取消其资格"
    else:
        remedy = "请秘书处在“信用核查”核对后判断；列表中没有时先按“立即核对”"
    return f"{application.organisation.name}有一条信用记录{why}：{record.said}。没有办理，{remedy}。"


@transaction.atomic
def recheck(*, by):
    """Hold every application on its way against the credit records; what is new becomes a finding. May run twice.

    Returns how many findings are new.
    """
    permit(by, Permission.FINDING_RAISE)
    hold_alone(KNOWN)
    applications = apps.get_model("awards.Application").objects  # by name: that stage stands on this one
    live = applications.filter(state__in=ON_THE_WAY | LATE).select_related("organisation", "edition")
    live = list(live.order_by("pk"))
    known = set(CreditFinding.objects.filter(application__in=live).values_list("application_id", "record_id"))
    fresh = [
        CreditFinding(application=application, record=record, found_at=clock.now())
        for application, record, _found in in_the_way(live)
        if (application.pk, record.pk) not in known
    ]
    for finding in CreditFinding.objects.bulk_create(fresh, ignore_conflicts=True):
        audit.record(by=by, verb="raise_findings", target=finding.application, note=str(finding.record))
    return len(fresh)


def exclude(finding, *, by, reason, document):
    """Say that the record does not rule the application out, why, and by which document."""
    if not document.strip():
        raise Refused([Problem("document", "排除须有依据文件。没有保存。", "document")])
    return _judge(finding, by, Judged.EXCLUDED, reason, document)


def confirm(finding, *, by, reason, document=""):
    """Say that the record stands and rules the application out."""
    return _judge(finding, by, Judged.CONFIRMED, reason, document)


@transaction.atomic
def _judge(finding, by, outcome, reason, document):
    permit(by, Permission.FINDING_JUDGE, finding)
    if not reason.strip():
        raise Refused([Problem("reason", "请写明理由。没有保存。", "reason")])
    is_exclusion = outcome == Judged.EXCLUDED
    hold_alone(KNOWN)  # an act that asks for the standing just now sees this judgement or is over
    locked = CreditFinding.objects.select_for_update(of=("self",)).get(pk=finding.pk)
    if not locked.is_current:
        raise WrongState("这条信用记录已被更正，或者这份申报已经办结，不必再核查。没有保存。")
    if locked.judgements.filter(judged_by=by, outcome=outcome).exists():
        raise Refused(["您已经作出过这个判断，须由另一名工作人员办理。没有重复保存。"])
    Judgement.objects.create(
        finding=locked, outcome=outcome, reason=reason, document=document, judged_at=clock.now(), judged_by=by
    )
    audit.record(
        by=by,
        verb="exclude_finding" if is_exclusion else "confirm_finding",
        target=locked.application,
        note=reason,
        details={"record": locked.record_id, "number": locked.record.number, "document": document},
    )
    return locked


@transaction.atomic
def disqualify(finding, *, by, reason):
    """Take the application of a confirmed finding off the list, by the step its state allows.

    By another person than the one who confirmed. Refused while nobody has confirmed, and where no step leads out.
    """
    permit(by, Permission.FINDING_JUDGE, finding)
    locked = CreditFinding.objects.select_for_update(of=("self",)).get(pk=finding.pk)
    if locked.verdict != Verdict.CONFIRMED:
        raise Refused(["还没有人核查属实，不能取消资格。没有改动任何内容。"])
    if locked.judgements.filter(judged_by=by, outcome=Judged.CONFIRMED).exists():
        raise Refused([Problem("two_people", "您作出了属实的判断，须由另一名工作人员取消资格。没有改动任何内容。")])
    step = WAYS_OUT.get(locked.application.state)
    if step is None:
        raise WrongState(
            "这份申报现在的状态不能由此取消资格：未受理的请不予受理，已获奖的按撤销荣誉办理。没有改动任何内容。"
        )
    details = {"record": locked.record_id, "number": locked.record.number}
    with APPLICATION.move(locked.application, step, by=by, note=reason, details=details):
        pass
    return locked
