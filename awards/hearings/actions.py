import secrets

from django.db import transaction
from django.urls import reverse

from awards.experts.queries import is_cleared
from awards.programmes.models import Edition
from awards.programmes.phase_rules import Kind
from awards.reviews.models import Assignment
from awards.reviews.phase_actions import refuse_unless_open
from awards.reviews.phase_queries import taking_part
from awards.reviews.sheet_actions import refuse_frozen
from awards.rubric import scoring
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .judgement import drawn, slots
from .models import Hearing, HearingCase, HearingDraw, HearingMark
from .queries import has_marks

TOLD = Hearing.State.TOLD


# --- calling and drawing ------------------------------------------------------------------------------


@transaction.atomic
def call(*, by, edition, sessions, place):
    """Call the hearing of an edition's shortlisted and draw their order. Refused outside the phase, and twice.

    `sessions` are (from, to) in order; who does not fit into them is not heard, so that is refused.
    """
    permit(by, Permission.HEARING_RUN)
    phase = refuse_unless_open(edition.pk, Kind.HEARING)
    if Hearing.objects.filter(edition=edition).exists():
        raise WrongState("本届已经召集陈述答辩，没有重复建立。")
    locked = Edition.objects.get(pk=edition.pk)
    applications, minutes = list(taking_part(phase)), locked.settled.get("hearing_minutes")
    if minutes is None:
        raise Refused(["本届没有“陈述答辩每家分钟数”这条规则，请先在届次里设定。没有保存。"])
    times = _times(sessions, place, minutes, len(applications))
    hearing = Hearing.objects.create(
        edition=locked,
        begins_at=sessions[0][0],
        sessions=_kept(sessions),
        place=place.strip(),
        minutes=minutes,
        called_by=by,
        called_at=clock.now(),
    )
    draw = _draw(hearing, [application.number for application in applications], by=by)
    turns = _turns(draw)
    HearingCase.objects.bulk_create(
        HearingCase(hearing=hearing, application=a, turn=turns[a.number], begins_at=times[turns[a.number] - 1])
        for a in applications
    )
    audit.record(by=by, verb="call_hearing", target=hearing, details={"seed": draw.seed, "order": draw.order})
    return hearing


def _times(sessions, place, minutes, cases):
    """When each turn begins. Refused for what is past, for too little time, and without a place."""
    problems, times = [], slots(sessions, minutes)
    if sessions[0][0] < clock.now():
        problems.append(Problem("past", "开始时间已过。没有保存。", "sessions"))
    if len(times) < cases:
        text = f"{cases} 家每家 {minutes} 分钟，所列时段只排得下 {len(times)} 家，请增加时段。没有保存。"
        problems.append(Problem("long", text, "sessions"))
    if not place.strip():
        problems.append(Problem("place", "请填写地点。没有保存。", "place"))
    if problems:
        raise Refused(problems)
    return times


def _kept(sessions):
    return [[moment.isoformat() for moment in session] for session in sessions]


def _draw(hearing, numbers, *, by, reason=""):
    seed = secrets.token_hex(16)
    return HearingDraw.objects.create(
        hearing=hearing,
        number=hearing.draws.count() + 1,
        seed=seed,
        order=drawn(numbers, seed),
        reason=reason,
        drawn_at=clock.now(),
        drawn_by=by,
    )


def _turns(draw):
    return {number: turn for turn, number in enumerate(draw.order, 1)}


@transaction.atomic
def change(hearing, *, by, sessions, place):
    """Other sessions or another place, the same order. Refused once a mark was given; who was told is told anew."""
    locked = _unmarked(hearing, by)
    cases = list(locked.cases.order_by("turn"))
    times, before = _times(sessions, place, locked.minutes, len(cases)), _said(locked)
    locked.begins_at, locked.sessions = sessions[0][0], _kept(sessions)
    locked.place, locked.version = place.strip(), locked.version + 1
    locked.save()
    for case, begins_at in zip(cases, times, strict=False):
        case.begins_at = begins_at
    HearingCase.objects.bulk_update(cases, ["begins_at"])
    audit.record(by=by, verb="change_hearing", target=locked, before=before, after=_said(locked))
    if locked.state == TOLD:
        _tell(locked)
    return locked


def _said(hearing):
    return f"{'；'.join(hearing.sessions_said.splitlines())} {hearing.place}"[:200]


@transaction.atomic
def redraw(hearing, *, by, reason):
    """Draw the order once more, with a reason; the former draw is kept. Refused once an expert has given a mark."""
    locked = _unmarked(hearing, by)
    if not reason.strip():
        raise Refused([Problem("reason", "请写明重新抽签的理由。没有改动任何内容。", "reason")])
    cases = list(locked.cases.select_related("application"))
    draw = _draw(locked, [case.application.number for case in cases], by=by, reason=reason.strip())
    turns, times = _turns(draw), {case.turn: case.begins_at for case in cases}
    for case in cases:
        case.turn = turns[case.application.number]
        case.begins_at = times[case.turn]
    HearingCase.objects.bulk_update(cases, ["turn", "begins_at"])
    locked.version += 1
    locked.save(update_fields=["version"])
    details = {"seed": draw.seed, "order": draw.order}
    audit.record(by=by, verb="redraw_hearing", target=locked, note=reason, details=details)
    if locked.state == TOLD:
        _tell(locked)
    return locked


def _unmarked(hearing, by):
    """The hearing, locked, while its phase is open and no expert has given a mark."""
    permit(by, Permission.HEARING_RUN)
    locked = _held(hearing.pk)
    refuse_unless_open(locked.edition_id, Kind.HEARING)
    if has_marks(locked):
        raise WrongState("已有专家提交答辩评分，时间、地点和次序都不能再改。没有改动任何内容。")
    return locked


def _held(pk):
    rows = Hearing.objects.select_for_update(of=("self",)).select_related("edition__rubric")
    return rows.get(pk=pk)


def tell(hearing, *, by):
    """Tell every applicant its own turn, and the experts when the cases of theirs are heard."""
    with Hearing.workflow.move(hearing, "tell_hearing", by=by) as locked:
        refuse_unless_open(locked.edition_id, Kind.HEARING)
        if locked.begins_at < clock.now():
            raise Refused(["开始时间已过，请先修改时间。没有改动任何内容。"])
        locked.told_at = clock.now()
        _tell(locked)
    return locked


def _tell(hearing):
    matter = f"hearing-{hearing.pk}-{hearing.version}"
    for case in hearing.cases.select_related("application"):
        case.hearing = hearing
        firm = case.application.organisation_id
        people = User.objects.filter(memberships__organisation=firm, memberships__ended_at=None).distinct()
        link, number = reverse("hearing", args=[case.application_id]), case.application.number
        facts = {"number": number, "time": case.time, "place": hearing.place}
        notify(people, "hearing_told", matter=f"{matter}-{case.pk}", link=link, **facts)
    seats = Assignment.objects.filter(application__hearing_case__hearing=hearing, state=Assignment.State.SUBMITTED)
    days = {}
    for seat in seats.select_related("expert", "application__hearing_case"):
        days.setdefault(seat.expert, set()).add(str(seat.application.hearing_case.day))
    for expert, own in days.items():
        notify([expert], "hearing_panel", matter=matter, link="/office/awards/hearingcase/", day="、".join(sorted(own)))


# --- marks --------------------------------------------------------------------------------------------


@transaction.atomic
def submit_mark(case, *, by, percentage, words):
    """Give one percentage for the whole with words, by an expert of the panel; locked with it.

    Refused before the day of the turn, while scoring is frozen, off the rubric's scale, without words, and for
    whoever has not signed the season's promise.
    """
    hearing = _held(case.hearing_id)
    locked = HearingCase.objects.select_related("application").get(pk=case.pk)
    locked.hearing = hearing
    permit(by, Permission.HEARING_SCORE, locked)
    _refuse_unless_heard(locked)
    refuse_frozen(hearing.edition)
    if not is_cleared(by, hearing.edition):
        raise Refused(["请先在“专家聘请”签署本届保密承诺书、声明利害关系，再评分。没有保存。"])
    seat = locked.application.assignments.get(expert=by)
    mark = HearingMark.objects.filter(assignment=seat).first() or HearingMark(assignment=seat)
    if mark.submitted_at:
        raise WrongState("您的答辩评分已经提交，刚才的内容没有保存。确需修改时由秘书处退回。")
    problems = []
    if not scoring.is_step(percentage, hearing.edition.rubric.step):
        problems.append(Problem("range", f"{percentage}% 不在评分档上，没有保存。", "percentage"))
    if not words.strip():
        problems.append(Problem("words", "请填写问答记录与评语。没有保存。", "words"))
    if problems:
        raise Refused(problems)
    mark.percentage, mark.words, mark.submitted_at = percentage, words.strip(), clock.now()
    mark.save()
    audit.record(by=by, verb="submit_hearing_mark", target=locked)
    return locked


def _refuse_unless_heard(case):
    """Refuse marks outside the phase, before the day of the turn, and once the case has moved on."""
    phase = refuse_unless_open(case.hearing.edition_id, Kind.HEARING)
    if case.hearing.state != TOLD or case.application.state != phase.state_of_cases:
        raise WrongState(f"{case.application.number} 现在不能进行答辩评分。没有保存。")
    if clock.today() < case.day:
        raise Refused([f"答辩定于 {case.day}，当日起才能评分。没有保存。"])


@transaction.atomic
def reopen_mark(case, *, by, seat, reason):
    """Give a submitted mark back to its expert, with a reason. Refused once the case has moved on or while frozen."""
    permit(by, Permission.HEARING_RUN)
    hearing = _held(case.hearing_id)
    locked = HearingCase.objects.select_related("application").get(pk=case.pk)
    locked.hearing = hearing
    if not reason.strip():
        raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
    _refuse_unless_heard(locked)
    refuse_frozen(hearing.edition, lost="没有改动任何内容")
    submitted = HearingMark.objects.filter(assignment__application=locked.application, submitted_at__isnull=False)
    mark = submitted.select_related("assignment__expert").filter(assignment=seat).first()
    if mark is None:
        raise WrongState("这名专家没有已提交的答辩评分。没有改动任何内容。")
    matter = f"hearing-mark-{mark.pk}-{mark.submitted_at:%Y%m%d%H%M%S}"
    mark.submitted_at = None
    mark.save(update_fields=["submitted_at"])
    audit.record(
        by=by,
        verb="reopen_hearing_mark",
        target=locked,
        before=str(mark.percentage),
        note=reason,
        details={"expert": mark.assignment.expert_id},
    )
    link = f"/office/awards/hearingcase/{locked.pk}/change/"
    number = locked.application.number
    notify([mark.assignment.expert], "hearing_reopened", matter=matter, link=link, number=number, reason=reason)
    return locked


@transaction.atomic
def log_reading(case, *, by):
    """Opening the marks of a hearing is an act too."""
    audit.record(by=by, verb="read_hearing", target=case)


@transaction.atomic
def log_printing(case, *, by):
    """Taking the minutes of a hearing away on paper is an act too."""
    audit.record(by=by, verb="print_hearing", target=case)
