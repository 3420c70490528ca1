from django.db import transaction
from django.urls import reverse

from awards.applications.models import Application
from awards.experts.models import Expert
from awards.experts.queries import is_cleared, known_conflicts
from awards.programmes.phase_rules import Kind
from awards.reviews.actions import lock_experts
from awards.reviews.models import Assignment
from awards.reviews.phase_actions import refuse_unless_open
from awards.reviews.sheet_actions import refuse_frozen, refuse_unless_scoring
from awards.rubric import scoring
from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store
from enterprises.files.checks import BadFile
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission, Role

from .models import RescoredItem, SiteEvidence, SiteVisit, VisitMinutes, VisitSeat
from .queries import lines_of, marks_before

PHOTOS, PHOTO_BYTES = ("jpeg", "png"), 20 * 1024 * 1024
CHANGED = "内容已由他人修改，刚才填写的没有保存，仍在页面上。请刷新后核对。"
TAKEN_OFF = "秘书处调整现场评审组"
TOLD = SiteVisit.State.TOLD


# --- the plan -----------------------------------------------------------------------------------------


@transaction.atomic
def plan(application, *, by, first_day, last_day, place, agenda):
    """Plan the visit to a shortlisted application. Refused outside the phase and for days that cannot be."""
    permit(by, Permission.VISIT_PLAN)
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    phase = refuse_unless_open(locked.edition_id, Kind.SITE_VISIT)
    if locked.state != phase.state_of_cases:
        raise WrongState(f"{locked}不参加现场评审。没有保存。")
    if SiteVisit.objects.filter(application=locked).exists():
        raise WrongState(f"{locked}已有现场评审计划，没有重复建立。")
    facts = _plan_facts(first_day, last_day, place, agenda)
    visit = SiteVisit.objects.create(application=locked, planned_by=by, **facts)
    audit.record(by=by, verb="plan_visit", target=visit, details={"days": visit.days})
    return visit


def _plan_facts(first_day, last_day, place, agenda):
    problems = []
    if first_day < clock.today():
        problems.append(Problem("past", "开始日期已过。没有保存。", "first_day"))
    if last_day < first_day:
        problems.append(Problem("backward", "结束日期早于开始日期。没有保存。", "last_day"))
    for name, text, label in (("place", place, "地点"), ("agenda", agenda, "议程")):
        if not text.strip():
            problems.append(Problem(name, f"请填写{label}。没有保存。", name))
    if problems:
        raise Refused(problems)
    return {"first_day": first_day, "last_day": last_day, "place": place.strip(), "agenda": agenda.strip()}


@transaction.atomic
def change_plan(visit, *, by, version, **facts):
    """Change the plan. One that was told is told anew, and an answer to the former one counts no more."""
    locked = _held(visit, by, Permission.VISIT_PLAN, {SiteVisit.State.PLANNED, TOLD})
    if locked.version != version:
        raise Refused([Problem("conflict", CHANGED)])
    before = locked.days
    for name, value in _plan_facts(**facts).items():
        setattr(locked, name, value)
    locked.version += 1
    locked.agreed_at = locked.agreed_by = locked.other_day = None
    locked.other_reason = ""
    locked.save()
    audit.record(by=by, verb="plan_visit", target=locked, before=before, after=locked.days)
    if locked.state == TOLD:
        _tell(locked)
    return locked


def _held(visit, by, permission, states):
    """The visit, locked, while its phase is open and it is in one of these states."""
    locked = SiteVisit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    permit(by, permission, locked)
    if locked.state not in states:
        raise WrongState(f"{locked}的状态已经改变，刚才的内容没有保存。请刷新页面查看。")
    refuse_unless_open(locked.application.edition_id, Kind.SITE_VISIT)
    return locked


@transaction.atomic
def set_team(visit, *, by, experts, head):
    """Who visits, `head` among them. Conflicts are asked again; whoever is left out leaves the team.

    Refused, with every reason, for whoever has a known conflict or stepped back from the case.
    """
    locked = _held(visit, by, Permission.VISIT_PLAN, {SiteVisit.State.PLANNED, TOLD})
    lock_experts(experts)
    _refuse_bad_team(locked, experts, head)
    present = {seat.expert_id: seat for seat in locked.seats.select_for_update()}
    for seat in present.values():
        if seat.left_at is None and seat.expert not in experts:
            seat.left_at, seat.left_reason = clock.now(), TAKEN_OFF
        seat.is_head = False
        seat.save()
    for expert in experts:
        seat = present.get(expert.pk) or VisitSeat(visit=locked, expert=expert)
        is_new = seat.pk is None or seat.left_at is not None
        if is_new:
            seat.left_at, seat.left_reason, seat.declared_at = None, "", None
        seat.is_head = expert.pk == head.pk
        seat.save()
        if is_new:
            link = f"/office/awards/sitevisit/{locked.pk}/change/"
            notify([expert], "visit_seat", matter=f"visit-{seat.pk}", link=link, number=locked.application.number)
    audit.record(
        by=by, verb="set_visit_team", target=locked, details={"experts": [e.pk for e in experts], "head": head.pk}
    )
    return locked


def _refuse_bad_team(visit, experts, head):
    application, problems = visit.application, []
    profiles = {e.user_id: e for e in Expert.objects.filter(user__in=experts).select_related("user")}
    recused = set(
        application.assignments.filter(state=Assignment.State.RECUSED, expert__in=experts).values_list(
            "expert_id", flat=True
        )
    )
    stepped_back = visit.seats.exclude(left_at=None).exclude(left_reason=TAKEN_OFF)
    recused |= set(stepped_back.values_list("expert_id", flat=True))
    if head not in experts:
        problems.append(Problem("head", "组长必须是现场评审组成员。没有改动任何内容。", "head"))
    for expert in experts:
        if expert.pk not in profiles or not expert.is_active:
            problems.append(Problem("not_expert", f"{expert}不在专家库。没有改动任何内容。", "experts"))
        elif expert.pk in recused:
            problems.append(Problem("recused", f"{expert}已对该申报回避。没有改动任何内容。", "experts"))
        else:
            problems += known_conflicts(profiles[expert.pk], application)
    if problems:
        raise Refused(problems)


def tell(visit, *, by):
    """Tell the applicant the days, the place and the agenda. Refused before there is a team with a head."""
    with SiteVisit.workflow.move(visit, "tell_visit", by=by) as locked:
        refuse_unless_open(locked.application.edition_id, Kind.SITE_VISIT)
        if not locked.seats.filter(is_head=True, left_at=None).exists():
            raise Refused(["现场评审组还没有组长，不能告知申报单位。没有改动任何内容。"])
        if locked.first_day < clock.today():
            raise Refused(["开始日期已过，请先修改计划。没有改动任何内容。"])
        locked.told_at = clock.now()
        _tell(locked)
    return locked


def _tell(visit):
    firm = visit.application.organisation
    people = User.objects.filter(memberships__organisation=firm, memberships__ended_at=None).distinct()
    notify(
        people,
        "visit_planned",
        matter=f"visit-{visit.pk}-{visit.version}",
        link=reverse("site_visit", args=[visit.application_id]),
        number=visit.application.number,
        days=visit.days,
    )


@transaction.atomic
def agree(visit, *, by, version):
    """The applicant confirms the days of the plan it was shown."""
    locked = _answered(visit, by, version)
    locked.agreed_at, locked.agreed_by, locked.other_day, locked.other_reason = clock.now(), by, None, ""
    locked.save()
    audit.record(by=by, verb="agree_visit", target=locked)
    _pass_on(locked, f"确认日期 {locked.days}")
    return locked


@transaction.atomic
def ask_other_day(visit, *, by, version, day, reason):
    """The applicant asks for another day, with a reason; the plan stays until the secretariat changes it."""
    locked = _answered(visit, by, version)
    problems = []
    if day < clock.today():
        problems.append(Problem("past", "希望的日期已过，没有保存。", "day"))
    if not reason.strip():
        problems.append(Problem("reason", "请写明原因，没有保存。", "reason"))
    if problems:
        raise Refused(problems)
    locked.agreed_at, locked.agreed_by, locked.other_day, locked.other_reason = None, None, day, reason.strip()
    locked.save()
    audit.record(by=by, verb="ask_other_day", target=locked, after=str(day))
    _pass_on(locked, f"希望另定日期 {day}")
    return locked


def _answered(visit, by, version):
    locked = SiteVisit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    permit(by, Permission.VISIT_ANSWER, locked)
    if locked.state != TOLD or locked.first_day < clock.today():
        raise WrongState("现场评审已经开始或者结束，不能再答复日期。没有保存。")
    if locked.version != version:
        raise Refused(["现场评审计划已经变更，请刷新页面，按新的计划答复。没有保存。"])
    return locked


def _pass_on(visit, answer):
    link = f"/office/awards/sitevisit/{visit.pk}/change/"
    matter = f"answer-{visit.pk}-{visit.version}-{visit.other_day or 'agreed'}"
    notify(
        [visit.planned_by], "visit_answered", matter=matter, link=link, number=visit.application.number, answer=answer
    )


# --- the team -----------------------------------------------------------------------------------------


@transaction.atomic
def join(visit, *, by):
    """An expert of the team declares to have no interest in the applicant; the record opens.

    Refused until the season's promise is signed and its declaration made.
    """
    locked, seat = _seated(visit, by)
    if seat.declared_at:
        raise WrongState("您已经声明过，没有重复登记。")
    if not is_cleared(by, locked.application.edition):
        raise Refused(["请先在“专家聘请”签署本届保密承诺书、声明利害关系，再参加现场评审。没有登记。"])
    seat.declared_at = clock.now()
    seat.save(update_fields=["declared_at"])
    audit.record(by=by, verb="join_visit", target=locked)
    return locked


@transaction.atomic
def leave(visit, *, by, reason):
    """An expert of the team steps back; access ends at once, what was written stays."""
    locked, seat = _seated(visit, by)
    if not reason.strip():
        raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
    seat.left_at, seat.left_reason, seat.is_head = clock.now(), reason.strip(), False
    seat.save()
    audit.record(by=by, verb="leave_visit", target=locked, note=reason)
    tell_of_gap(seat, reason.strip())
    return locked


def tell_of_gap(seat, reason):
    """Tell the secretariat who left a team and why, and the expert that the visit is over for them."""
    number, matter = seat.visit.application.number, f"visit-{seat.pk}-{seat.left_at:%Y%m%d%H%M%S}"
    staff = User.objects.filter(
        is_active=True, role_grants__role=Role.SECRETARIAT, role_grants__ended_at=None
    ).distinct()
    link = f"/office/awards/sitevisit/{seat.visit_id}/change/"
    notify(staff, "visit_seat_vacated", matter=matter, link=link, number=number, expert=str(seat.expert), reason=reason)
    notify([seat.expert], "seat_ended", matter=matter, link="/office/", number=number, reason=f"原因：{reason}")


def _seated(visit, by):
    locked = _held(visit, by, Permission.VISIT_WRITE, {SiteVisit.State.PLANNED, TOLD})
    return locked, locked.seats.select_for_update().get(expert=by, left_at=None)


# --- on site ------------------------------------------------------------------------------------------


def _on_site(visit, by, permission=Permission.VISIT_WRITE):
    """The visit, locked, for a member of the team who has declared, once its first day has come."""
    locked = _held(visit, by, permission, {TOLD})
    if not locked.seats.filter(expert=by, left_at=None, declared_at__isnull=False).exists():
        raise Refused(["请先声明有无利害关系，再填写现场评审记录。没有保存。"])
    if clock.today() < locked.first_day:
        raise Refused([f"现场评审从 {locked.first_day} 开始，还不能填写。没有保存。"])
    return locked


@transaction.atomic
def write_minutes(visit, *, by, kind, held_at, attendance, text, version):
    """Write the minutes of the opening or the closing meeting. Refused when a colleague has written meanwhile."""
    locked = _on_site(visit, by)
    row = locked.minutes.select_for_update().filter(kind=kind).first()
    if (row.version if row else 0) != version:
        raise Refused([Problem("conflict", CHANGED)])
    missing = [
        Problem(name, f"请填写{label}。没有保存。", name)
        for name, value, label in (("attendance", attendance, "出席人员"), ("text", text, "会议记录"))
        if not value.strip()
    ]
    if missing:
        raise Refused(missing)
    row = row or VisitMinutes(visit=locked, kind=kind, version=0)
    row.held_at, row.attendance, row.text = held_at, attendance.strip(), text.strip()
    row.version, row.written_at, row.written_by = row.version + 1, clock.now(), by
    row.save()
    audit.record(by=by, verb="write_minutes", target=locked, details={"kind": kind, "version": row.version})
    return locked


def add_evidence(visit, *, by, item, seen, photo=None):
    """Enter in the log what was seen about an item, with a checked photo or without. A line once written stays."""
    _on_site_now(visit, by)
    try:
        stored = store(photo, by=by, accepted=PHOTOS, max_bytes=PHOTO_BYTES) if photo else None
    except BadFile as bad:
        raise Refused([Problem("photo", str(bad), "photo")]) from None
    try:
        return _log(visit, by, item, seen, stored)
    except (Refused, WrongState):
        if stored:
            stored.file.delete(save=False)
        raise


@transaction.atomic
def _on_site_now(visit, by):
    """Ask before the file is checked: nobody waits for a scan only to be refused."""
    _on_site(visit, by)


@transaction.atomic
def _log(visit, by, item, seen, stored):
    locked = _on_site(visit, by)
    if not seen.strip():
        raise Refused([Problem("seen", "请写明所见情况。没有保存。", "seen")])
    row = SiteEvidence.objects.create(
        visit=locked, item=_item(locked, item), seen=seen.strip(), photo=stored, noted_at=clock.now(), noted_by=by
    )
    details = {"item": item, "sha256": stored.digest if stored else ""}
    audit.record(by=by, verb="add_evidence", target=locked, details=details)
    return row


def _item(visit, code):
    found = {item.code: item for item in items_of(visit.application.edition.rubric)}.get(code)
    if found is None:
        raise Refused([Problem("unknown", f"准则中没有 {code}，没有保存。", "item")])
    return found


@transaction.atomic
def rescore(visit, *, by, item, percentage, reason):
    """Mark an item anew, by the head of the team. Refused without evidence or reason, and off the scale."""
    locked = _on_site(visit, by, Permission.VISIT_LEAD)
    refuse_frozen(locked.application.edition, lost="没有保存")
    chosen, before = _item(locked, item), marks_before(locked.application).get(item)
    evidence = locked.evidence.filter(item=chosen).last()
    problems = []
    if before is None:
        problems.append(Problem("marks", f"{item} 现在没有评分可改：评审组没有已提交的评分。没有保存。", "item"))
    if evidence is None:
        problems.append(Problem("evidence", f"{item} 没有现场证据，不能改评。没有保存。", "item"))
    if not scoring.is_step(percentage, locked.application.edition.rubric.step):
        problems.append(Problem("range", f"{item} 的 {percentage}% 不在评分档上，没有保存。", "percentage"))
    elif percentage == before:
        problems.append(Problem("same", f"{item} 原来就是 {before}%，不用改评。没有保存。", "percentage"))
    if not reason.strip():
        problems.append(Problem("reason", "请写明改评理由。没有保存。", "reason"))
    if problems:
        raise Refused(problems)
    facts = {"before": before, "after": percentage, "reason": reason.strip(), "evidence": evidence}
    RescoredItem.objects.update_or_create(
        visit=locked, item=chosen, defaults=facts | {"set_at": clock.now(), "set_by": by}
    )
    audit.record(by=by, verb="rescore", target=locked, details={"item": item})
    return locked


@transaction.atomic
def drop_rescore(visit, *, by, item):
    """Take a new mark back: the item stands where it stood before the visit."""
    locked = _on_site(visit, by, Permission.VISIT_LEAD)
    refuse_frozen(locked.application.edition, lost="没有改动任何内容")
    dropped, _by_model = locked.rescored.filter(item__code=item).delete()
    if not dropped:
        raise Refused([Problem("item", f"{item} 没有改评。没有改动任何内容。", "item")])
    audit.record(by=by, verb="drop_rescore", target=locked, details={"item": item})
    return locked


def lock(visit, *, by):
    """Lock the result with its exact score, by the head of the team. Refused while minutes are missing."""
    with SiteVisit.workflow.move(visit, "lock_visit", by=by) as locked:
        refuse_unless_scoring(locked.application.edition, Kind.SITE_VISIT, lost="没有锁定")
        held = set(locked.minutes.values_list("kind", flat=True))
        missing = [f"{kind.label}没有记录，不能锁定。" for kind in VisitMinutes.Kind if kind not in held]
        if not locked.evidence.exists():
            missing.append("还没有现场证据，不能锁定。")
        if missing:
            raise Refused(missing)
        locked.score = sum(line.score for line in lines_of(locked))
        locked.locked_at, locked.locked_by = clock.now(), by
    return locked


def reopen(visit, *, by, reason):
    """Give a locked visit back to its team, with a reason. Only while the case is in the phase."""
    with SiteVisit.workflow.move(visit, "reopen_visit", by=by, note=reason) as locked:
        if not reason.strip():
            raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
        phase = refuse_unless_scoring(locked.application.edition, Kind.SITE_VISIT, lost="没有改动任何内容")
        if locked.application.state != phase.state_of_cases:
            raise Refused(["该申报已完成现场评审，记录不能再修改。"])
        locked.locked_at = locked.locked_by = locked.score = None
    return locked


@transaction.atomic
def log_reading(visit, *, by):
    """Opening the record of a visit is an act too."""
    audit.record(by=by, verb="read_visit", target=visit)


@transaction.atomic
def log_printing(visit, *, by, what):
    """Taking the minutes or the new marks of a visit away on paper is an act too."""
    audit.record(by=by, verb="print_visit", target=visit, note=what)
