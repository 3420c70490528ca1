"""Screening: one person proposes, another confirms, and only then the dossier moves.

An edition that does not ask for two people is decided by one (`decide`). Every act locks the application
first, so a proposal and its dossier never change under each other.
"""

from django.db import transaction
from django.urls import reverse

from awards.process import APPLICATION, State
from awards.programmes.queries import calendar
from awards.standing.actions import problems_with
from awards.standing.bar_actions import group_problems
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.workdays import BeyondCalendar, last_day
from foshan_quality.permissions import Permission

from .actions import tell_members
from .models import Application, Outcome, Screening, ScreeningProposal
from .points import faults
from .queries import is_overdue, places_of, returns_left, takes_two

STEPS = {Outcome.ACCEPTED: "accept", Outcome.RETURNED: "return_for_correction", Outcome.REFUSED: "refuse"}
CONSEQUENCE = "逾期未补正的，视为放弃申报"
Stage = ScreeningProposal.State


def decide(application, *, by, outcome, reason="", basis="", points=()):
    """Decide alone. Refused where the edition asks for two people, or while something is wrong with the decision."""
    with APPLICATION.move(application, STEPS[outcome], by=by, note=reason) as locked:
        if takes_two(locked.edition):
            raise Refused(["本届资格审查须两人办理，请先提出审查意见，由另一人复核。没有改动任何内容。"])
        finding = _finding(locked, outcome, reason, basis, points)
        _refuse_unready(locked, **finding)
        _take_effect(locked, by, **finding)
    return locked


@transaction.atomic
def propose(application, *, by, outcome, reason="", basis="", points=()):
    """Say how a dossier should be decided; nothing moves until somebody else confirms it. Returns the proposal.

    Refused where the edition asks for one person only; WrongState while another proposal is open.
    """
    locked = _locked(application, by)
    step = APPLICATION.steps[STEPS[outcome]]
    if locked.state not in step.sources:
        raise WrongState(f"{locked}的状态已经改变，现在不能“{step.label}”。没有改动任何内容，请刷新页面查看。")
    if locked.screening_proposals.filter(state=Stage.OPEN).exists():
        raise WrongState("这份申报已有一份待复核的审查意见。没有改动任何内容，请刷新页面查看。")
    if not takes_two(locked.edition):
        raise Refused(["本届资格审查由一人办理，请直接作出决定。没有改动任何内容。"])
    finding = _finding(locked, outcome, reason, basis, points)
    _refuse_unready(locked, **finding)
    proposal = ScreeningProposal.objects.create(application=locked, proposed_at=clock.now(), proposed_by=by, **finding)
    _log(locked, "propose_screening", proposal, by, note=reason)
    return proposal


def confirm(application, *, by, proposal):
    """Let a proposal (its number, as it was read) take effect. Refused to whoever made it."""
    read = _read(application, proposal)
    details = {"proposal": read.pk, "proposed_by": read.proposed_by_id}
    with APPLICATION.move(application, STEPS[read.outcome], by=by, note=read.reason, details=details) as locked:
        opinion = _open(locked, read.pk)
        _refuse_author(opinion, by)
        finding = _finding(locked, opinion.outcome, opinion.reason, opinion.basis, opinion.points)
        _refuse_unready(locked, **finding)
        _close(opinion, Stage.CONFIRMED, by)
        _take_effect(locked, by, proposal=opinion, **finding)
        _tell_author(opinion, "opinion_confirmed", locked, by)
    return locked


@transaction.atomic
def send_back(application, *, by, proposal, reason):
    """Give a proposal back to whoever made it, with the reason; the dossier stays where it is."""
    locked = _locked(application, by)
    opinion = _open(locked, proposal)
    _refuse_author(opinion, by)
    if not reason.strip():
        raise Refused([Problem("reason", "请写明退回的理由，经办人会看到。没有改动任何内容。", "reason")])
    _close(opinion, Stage.SENT_BACK, by, reason.strip())
    _log(locked, "send_back_screening", opinion, by, note=reason)
    _tell_author(opinion, "opinion_sent_back", locked, by, reason=reason.strip())
    return opinion


@transaction.atomic
def take_back(application, *, by, proposal):
    """Withdraw one's own proposal before it is judged."""
    locked = _locked(application, by)
    opinion = _open(locked, proposal)
    if opinion.proposed_by_id != by.pk:
        raise Refused([f"这份意见由{opinion.proposed_by}提出，只能由本人撤回；不同意时请退回。没有改动任何内容。"])
    _close(opinion, Stage.TAKEN_BACK, by)
    _log(locked, "take_back_screening", opinion, by)
    return opinion


# --- under the lock -----------------------------------------------------------------------------------


def _locked(application, by):
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    permit(by, Permission.APPLICATION_SCREEN, locked)
    return locked


def _read(application, pk):
    """The proposal with this number; what it proposes never changes."""
    found = application.screening_proposals.filter(pk=pk).first()
    if found is None:
        raise WrongState("这份审查意见已经不在了。没有改动任何内容，请刷新页面查看。")
    return found


def _open(application, pk):
    """The proposal that was read, still open."""
    opinion = _read(application, pk)
    if opinion.state != Stage.OPEN:
        raise WrongState(f"这份审查意见已经“{opinion.get_state_display()}”。没有改动任何内容，请刷新页面查看。")
    return opinion


def _refuse_author(opinion, by):
    if opinion.proposed_by_id == by.pk:
        raise Refused(["这份意见是您提出的，须由另一人复核。没有改动任何内容。"])


def _close(opinion, state, by, answer=""):
    opinion.state, opinion.closed_at, opinion.closed_by, opinion.answer = state, clock.now(), by, answer
    opinion.save(update_fields=["state", "closed_at", "closed_by", "answer"])


def _tell_author(opinion, kind, application, by, **said):
    page = reverse("admin:awards_application_change", args=[application.pk])
    values = {"number": application.number, "person": by} | said
    notify([opinion.proposed_by], kind, matter=f"{application.pk}-{opinion.pk}", link=page, **values)


def _log(application, verb, proposal, by, note=""):
    details = {"proposal": proposal.pk, "outcome": proposal.outcome}
    audit.record(by=by, verb=verb, target=application, note=note, details=details)


# --- the decision -------------------------------------------------------------------------------------


def _finding(application, outcome, reason, basis, points):
    """The decision as it is stored; only a return has points."""
    kept = [{"place": p["place"], "text": p["text"].strip()} for p in points] if outcome == Outcome.RETURNED else []
    version = application.snapshots.count()
    return {"outcome": outcome, "reason": reason.strip(), "basis": basis.strip(), "points": kept, "version": version}


def _refuse_unready(application, *, outcome, reason, points, **_):
    problems = []
    if outcome == Outcome.ACCEPTED:
        problems += problems_with([application])
        problems += group_problems(application.edition, application.organisation)
    if outcome != Outcome.ACCEPTED and not reason:
        problems.append(Problem("reason", "请写明理由，会原文告知申报单位。没有改动任何内容。", "reason"))
    if outcome == Outcome.RETURNED:
        problems += faults(points, places_of(application)) + _no_more_returns(application)
        _correct_by(application)
    if outcome == Outcome.REFUSED and application.state == State.RETURNED and not is_overdue(application):
        text = f"补正期限到 {application.correct_by}，期限内不能作出不予受理决定。"
        problems.append(Problem("in_time", text))
    if problems:
        raise Refused(problems)


def _no_more_returns(application):
    if returns_left(application) != 0:
        return []
    most = application.edition.settled["corrections"]
    text = f"本届规定最多退回补正 {most} 次，这份申报不能再退回，请受理或不予受理。没有改动任何内容。"
    return [Problem("returned_before", text)]


def _correct_by(application):
    try:
        days = application.edition.settled["correction_days"]
        return last_day(clock.today(), days, calendar(), first_day_counted=False)
    except BeyondCalendar as beyond:
        raise Refused([f"{beyond}没有退回。"]) from None


def _take_effect(application, by, *, outcome, reason, proposal=None, **finding):
    Screening.objects.create(
        application=application,
        outcome=outcome,
        reason=reason,
        proposal=proposal,
        decided_at=clock.now(),
        decided_by=by,
        **finding,
    )
    if outcome == Outcome.RETURNED:
        application.correct_by = _correct_by(application)
        count, last = len(finding["points"]), application.correct_by
        told = f"{reason}（共 {count} 处，请最迟于 {last} 补正并提交，{CONSEQUENCE}）"
        matter = f"{application.pk}-{application.screenings.count()}"
        tell_members(application, "application_returned", matter=matter, reason=told)
    elif outcome == Outcome.ACCEPTED:
        tell_members(application, "application_accepted", matter=application.pk)
    else:
        tell_members(application, "application_refused", matter=application.pk, reason=reason)
