import time
from datetime import timedelta

from django.db import transaction

from awards.applications.models import Application
from awards.process import State
from awards.programmes.models import SEASON_OVER
from awards.reviews.actions import lock_experts, remove
from awards.reviews.checking import breaches, overloads
from awards.reviews.models import Assignment
from awards.reviews.phase_actions import lay_out, refuse_late_seat
from awards.reviews.seating import candidates_of, cases_of, people_of_season, rules_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import lists
from .models import MAX_ATTEMPTS, PanelProposal
from .proposing import METHOD, propose
from .queries import ground_of, in_review

DRAW = "awards.panels.tasks.draw_proposal"
PATIENCE = timedelta(minutes=6)  # longer than a worker may take
S = PanelProposal.State
DESK = "/office/awards/assignment/"


@transaction.atomic
def request_proposal(edition, *, by, seed):
    """Ask for a proposal by machine; a worker computes it. Refused while another one of the edition is computed."""
    permit(by, Permission.REVIEW_ASSIGN)
    _refuse_past(edition)
    refuse_late_seat(edition.pk)
    if PanelProposal.objects.filter(edition=edition, state=S.QUEUED).exists():
        raise Refused(["本届已有一个方案正在计算，请稍候查看。没有重复提出。"])
    proposal = PanelProposal.objects.create(
        edition=edition, source="machine", method=METHOD, seed=seed, asked_by=by, asked_at=clock.now()
    )
    audit.record(by=by, verb="request_proposal", target=proposal, details={"seed": seed})
    wake(DRAW, proposal.pk)
    return proposal


def _refuse_past(edition):
    if edition.state in SEASON_OVER:
        raise Refused([Problem("over", f"{edition}的评审已经结束。没有保存任何内容。", "edition")])


@transaction.atomic
def begin_attempt(proposal, *, by):
    """Take a queued proposal for this worker alone and count the attempt. Whether it is to be computed now.

    A worker that died leaves it to the next after `PATIENCE`; what wore out `MAX_ATTEMPTS` is parked.
    """
    permit(by, Permission.PROPOSAL_DRAW)
    locked = _locked(proposal)
    now = clock.now()
    if locked.state != S.QUEUED or (locked.tried_at and locked.tried_at + PATIENCE > now):
        return False
    if locked.attempts >= MAX_ATTEMPTS:
        locked.state, locked.problems = S.PARKED, [f"试了 {MAX_ATTEMPTS} 次都没有完成，请联系系统管理员查看日志。"]
        locked.save(update_fields=["state", "problems"])
        audit.record(by=by, verb="park_proposal", target=locked)
        return False
    locked.attempts, locked.tried_at = locked.attempts + 1, now
    locked.save(update_fields=["attempts", "tried_at"])
    return True


def draw_proposal(proposal, *, by):
    """Compute a proposal, locking nothing meanwhile, and keep it or the reasons why there is none."""
    permit(by, Permission.PROPOSAL_DRAW)
    started, ground = time.monotonic(), ground_of(proposal.edition)
    found = propose(ground.cases, ground.experts, ground.rules, proposal.seed)
    with transaction.atomic():
        locked = _locked(proposal)
        if locked.state != S.QUEUED:
            raise WrongState("这个方案已经算出或放弃。没有改动任何内容。")
        locked.state = S.IMPOSSIBLE if found.problems else S.READY
        locked.digest, locked.problems = ground.digest, [problem.text for problem in found.problems]
        locked.seats, locked.heads = list(map(list, found.seats)), list(map(list, found.heads))
        locked.seconds = f"{time.monotonic() - started:.1f}"
        locked.save()
        details = {"seats": len(found.seats), "problems": len(found.problems), "ground": ground.digest}
        audit.record(by=by, verb="draw_proposal", target=locked, after=locked.state, details=details)
    return locked


def _locked(proposal):
    return PanelProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)


@transaction.atomic
def take_in_panels(edition, *, by, upload):
    """Read panels from a CSV file and keep them as a proposal for trial; no seat is given.

    Rows that name a seat that is there change nothing; who is not named stays. With a flaw in any row or a rule
    broken the proposal says so and cannot be applied.
    """
    permit(by, Permission.REVIEW_ASSIGN)
    _refuse_past(edition)
    try:
        wanted, flaws = lists.read(upload.read(lists.MOST_BYTES + 1))
    except lists.Unreadable as bad:
        raise Refused([Problem("file", str(bad), "upload")]) from None
    if not wanted and not flaws:
        raise Refused([Problem("empty", "标题下面没有数据。没有读取。", "upload")])
    ground = ground_of(edition)
    seats, heads = _seats_wanted(wanted, ground, flaws)
    if seats:
        refuse_late_seat(edition.pk)
    problems = flaws + _wrong_with(ground, seats, heads)
    proposal = PanelProposal.objects.create(
        edition=edition,
        source="file",
        state=S.IMPOSSIBLE if problems else S.READY,
        file_name=(upload.name or "")[-200:],
        digest=ground.digest,
        seats=list(map(list, seats)),
        heads=list(map(list, heads.items())),
        problems=problems,
        asked_by=by,
        asked_at=clock.now(),
    )
    audit.record(
        by=by, verb="take_in_panels", target=proposal, details={"seats": len(seats), "problems": len(problems)}
    )
    return proposal


def _seats_wanted(wanted, ground, flaws):
    cases = {case.number: case for case in ground.cases}
    experts = {entry.user.email.lower(): key for key, entry in ground.entries.items()}
    seats, heads = [], {}
    for line in wanted:
        case, expert = cases.get(line.number), experts.get(line.email)
        if case is None:
            flaws.append(f"第 {line.row} 行：本届评审中没有编号为 {line.number[:30]} 的申报。")
        elif expert is None:
            flaws.append(f"第 {line.row} 行：{line.email[:60]} 没有接受本届聘请。")
        elif (case.key, expert) in seats:
            flaws.append(f"第 {line.row} 行：同一名专家在 {case.number} 出现两次。")
        elif line.is_head and heads.get(case.key) not in (None, expert):
            flaws.append(f"第 {line.row} 行：{case.number} 有两名组长。")
        else:
            if expert not in case.seated:
                seats.append((case.key, expert))
            heads[case.key] = expert if line.is_head else heads.get(case.key)
    return seats, {case: head or ground.by_key[case].head for case, head in heads.items()}


def _wrong_with(ground, seats, heads):
    """Every rule these seats would break, with the case's number."""
    said = [problem.text for problem in overloads(seats, ground.experts)]
    for key, head in heads.items():
        case = ground.by_key[key]
        members = [*sorted(case.seated), *(expert for seated_on, expert in seats if seated_on == key)]
        said += [f"{case.number}：{p.text}" for p in breaches(case, members, head, ground.experts, ground.rules)]
    return said


@transaction.atomic
def apply_proposal(proposal, *, by, seen):
    """Give all the seats of a proposal at once, or none. `seen` is the ground the person confirmed it on.

    Refused when cases, experts, conflicts, seats or rules have changed since: the proposal then holds no more; and
    once independent scoring is ended.
    """
    permit(by, Permission.REVIEW_ASSIGN)
    locked = _locked(proposal)
    if locked.state != S.READY:
        raise WrongState(f"这个方案{locked.get_state_display()}，不能生效。没有改动任何内容。")
    edition = locked.edition
    lay_out(edition, by=by)
    list(Application.objects.select_for_update(of=("self",)).filter(edition=edition, state="in_review").order_by("pk"))
    lock_experts(edition.engagements.values("expert__user"))
    if not ground_of(edition).digest == locked.digest == seen:
        raise Refused(["方案算出之后，申报、专家、利害关系、评审组或规则有变化，方案已失效。没有分配，请重新提出。"])
    heads = dict(map(tuple, locked.heads))
    _move_heads(heads)
    if locked.seats:
        refuse_late_seat(edition.pk)
    made = _seat_all(locked.seats, heads, by)
    locked.state, locked.closed_at, locked.closed_by = S.APPLIED, clock.now(), by
    locked.save(update_fields=["state", "closed_at", "closed_by"])
    _tell_seated(locked, made)
    details = {"seats": len(made), "ground": locked.digest, "seed": locked.seed, "method": locked.method}
    audit.record(by=by, verb="apply_proposal", target=locked, details=details)
    return locked


def _seat_all(seats, heads, by):
    now = clock.now()
    rows = [
        Assignment(
            application_id=case, expert_id=expert, is_head=heads.get(case) == expert, assigned_by=by, assigned_at=now
        )
        for case, expert in seats
    ]
    return Assignment.objects.bulk_create(rows, batch_size=1000)


def _move_heads(heads):
    """Who sits already becomes head, or is it no more, as the proposal says."""
    seats = Assignment.objects.select_for_update().filter(application__in=heads).order_by("pk")
    moved = [seat for seat in seats if seat.is_head != (heads[seat.application_id] == seat.expert_id)]
    for seat in moved:
        seat.is_head = not seat.is_head
    Assignment.objects.bulk_update(moved, ["is_head"], batch_size=500)


def _tell_seated(proposal, seats):
    numbers = dict(in_review(proposal.edition).values_list("pk", "number"))
    by_expert = {}
    for seat in seats:
        by_expert.setdefault(seat.expert_id, []).append(numbers[seat.application_id])
    for expert in User.objects.filter(pk__in=by_expert).order_by("pk"):
        cases = by_expert[expert.pk]
        listed = "、".join(cases[:10]) + ("等" if len(cases) > 10 else "")
        matter = f"{proposal.pk}-{expert.pk}"
        notify([expert], "reviews_assigned", matter=matter, link=DESK, count=len(cases), numbers=listed)


@transaction.atomic
def drop_proposal(proposal, *, by, reason):
    """Give up a proposal that was not applied."""
    permit(by, Permission.REVIEW_ASSIGN)
    locked = _locked(proposal)
    if locked.state in {S.APPLIED, S.DROPPED}:
        raise WrongState(f"这个方案{locked.get_state_display()}。没有改动任何内容。")
    locked.state, locked.closed_at, locked.closed_by = S.DROPPED, clock.now(), by
    locked.save(update_fields=["state", "closed_at", "closed_by"])
    audit.record(by=by, verb="drop_proposal", target=locked, note=reason)
    return locked


@transaction.atomic
def replace(assignment, *, by, expert, reason):
    """Put another expert in somebody's place, or in the place somebody left; everybody else stays.

    Refused where the new one must not sit, has no room, or where the panel would then break a rule it now keeps;
    and once independent scoring is ended.
    """
    permit(by, Permission.REVIEW_ASSIGN, assignment)
    case = Application.objects.select_for_update(of=("self",)).get(pk=assignment.application_id)
    if case.state != State.IN_REVIEW:
        raise WrongState(f"{case}现为“{case.get_state_display()}”，不能更换专家。没有改动任何内容。")
    lock_experts([assignment.expert_id, expert.pk])
    locked = Assignment.objects.select_for_update(of=("self",)).select_related("expert").get(pk=assignment.pk)
    refuse_late_seat(case.edition_id)
    _refuse_bad_replacement(case, locked, expert)
    if locked.state != Assignment.State.RECUSED:
        remove(locked, by=by, reason=reason)
        tell_ended(locked, reason)
    is_head = locked.is_head and not case.assignments.sitting().filter(is_head=True).exists()
    seat = Assignment.objects.create(
        application=case, expert=expert, is_head=is_head, assigned_by=by, assigned_at=clock.now()
    )
    notify([expert], "review_assigned", matter=seat.pk, link=f"{DESK}{seat.pk}/change/", number=case.number)
    for head in case.assignments.sitting().filter(is_head=True).exclude(pk=seat.pk).select_related("expert"):
        link = f"{DESK}{head.pk}/change/"
        notify([head.expert], "panel_refilled", matter=seat.pk, link=link, number=case.number)
    audit.record(by=by, verb="replace_expert", target=seat, before=str(locked.expert), after=str(expert), note=reason)
    return seat


def _refuse_bad_replacement(application, seat, expert):
    edition = application.edition
    people = people_of_season(edition)
    experts, rules = candidates_of(people, edition), rules_of(edition)
    [case] = cases_of([application], people, edition)
    if expert.pk not in experts:
        raise Refused([Problem("not_expert", f"{expert}没有接受本届聘请。没有改动任何内容。", "expert")])
    if expert.pk in case.seated:
        raise Refused([Problem("seated", f"{expert}已在评审组。没有改动任何内容。", "expert")])
    head = expert.pk if case.head in (None, seat.expert_id) and seat.is_head else case.head
    members = [*sorted(case.seated - {seat.expert_id}), expert.pk]
    was = [_rule_of(p) for p in breaches(case, sorted(case.seated), case.head, experts, rules)]
    problems = [p for p in breaches(case, members, head, experts, rules) if _rule_of(p) not in was]
    problems += overloads([(case.key, expert.pk)], experts)
    if problems:
        raise Refused([Problem(p.code, f"{p.text.rstrip('。')}。没有改动任何内容。", "expert") for p in problems])


def _rule_of(problem):
    """Which rule is broken; a conflict is one with its words, since each is somebody's own."""
    return problem.text if problem.code == "conflict" else problem.code


def tell_ended(seat, reason):
    """Tell an expert that the seat is over and why."""
    number = seat.application.number
    notify([seat.expert], "seat_ended", matter=seat.pk, link="/office/", number=number, reason=f"原因：{reason}")


@transaction.atomic
def log_export(edition, *, by):
    """Taking the panels out of the portal is an act too."""
    permit(by, Permission.REVIEW_ASSIGN)
    audit.record(by=by, verb="export_panels", target=edition)
