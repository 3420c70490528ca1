from django.db import transaction

from awards.programmes.models import SEASON_OVER, Edition
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.identity import credit_code_problem, tidy_credit_code
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import paper_moment
from foshan_quality.permissions import Permission, Role

from .fields import tags_of
from .loading import default_pledge
from .models import ConductEntry, Declaration, Engagement, Expert, Interest, Pledge, PledgeText, Training
from .queries import names_to_declare, text_in_force

DESK = "/office/awards/engagement/{}/change/"


# --- the pool -----------------------------------------------------------------------------------------


@transaction.atomic
def enrol_expert(user, *, by, employer, title="", fields="", left_on=None, **facts):
    """Enter a person who holds the expert role in the pool, or bring the entry up to date.

    A former employer is kept as an interest that ended on `left_on`, today unless said otherwise.
    """
    permit(by, Permission.REVIEW_ASSIGN)
    _refuse_entry(user, employer, facts.get("employer_code", ""))
    entry = {"employer": employer.strip(), "title": title, "fields": "、".join(tags_of(fields)), **facts}
    former = Expert.objects.select_for_update().filter(user=user).first()
    expert, _created = Expert.objects.update_or_create(user=user, defaults=entry)
    if former and former.employer != expert.employer:
        _keep_former_employer(former, expert, by, left_on or clock.today())
    audit.record(by=by, verb="enrol_expert", target=expert, before=str(former or "")[:200], after=str(expert)[:200])
    return expert


def update_entry(expert, *, by, **facts):
    """Bring the entry of somebody in the pool up to date; as `enrol_expert`."""
    return enrol_expert(expert.user, by=by, **facts)


def _refuse_entry(user, employer, code):
    if Role.EXPERT not in user.roles:
        raise Refused([f"{user}没有“评审专家”角色，请先由安全管理员授权。没有保存。"])
    problems = []
    if not employer.strip():
        problems.append(Problem("employer", "请填写工作单位，用于识别利害关系。没有保存。", "employer"))
    if code and credit_code_problem(code):
        problems.append(Problem("code", f"{credit_code_problem(code)}没有保存。", "employer_code"))
    if problems:
        raise Refused(problems)


def _keep_former_employer(former, expert, by, left_on):
    Interest.objects.create(
        expert=expert,
        kind=Interest.Kind.FORMER,
        organisation_name=former.employer,
        credit_code=former.employer_code,
        ended_on=left_on,
        detail="变更工作单位时自动保留",
        entered_by=by,
        entered_at=clock.now(),
    )


@transaction.atomic
def add_training(expert, *, by, course, held_on, hours, result=""):
    """Enter a course the expert has been to. Refused when it is there already or lies ahead."""
    permit(by, Permission.REVIEW_ASSIGN)
    if held_on > clock.today():
        raise Refused([Problem("date", "培训日期还没有到。没有保存。", "held_on")])
    facts = {"result": result, "hours": hours, "entered_by": by, "entered_at": clock.now()}
    _training, is_new = Training.objects.get_or_create(expert=expert, course=course, held_on=held_on, defaults=facts)
    if not is_new:
        raise Refused([Problem("twice", "这次培训已经登记过。没有重复保存。", "course")])
    audit.record(by=by, verb="add_training", target=expert, note=course)
    return expert


@transaction.atomic
def add_conduct(expert, *, by, kind, text):
    """Add an entry to the conduct file. Nothing in it is ever changed."""
    permit(by, Permission.REVIEW_ASSIGN)
    if not text.strip():
        raise Refused([Problem("text", "请写明事由。没有保存。", "text")])
    entry = ConductEntry.objects.create(expert=expert, kind=kind, text=text, entered_by=by, entered_at=clock.now())
    audit.record(by=by, verb="add_conduct", target=expert, after=entry.get_kind_display(), note=text)
    return expert


# --- interests ----------------------------------------------------------------------------------------


@transaction.atomic
def enter_interest(expert, *, by, kind, organisation_name, detail, credit_code="", ended_on=None):
    """Enter what ties an expert to an organisation; the expert's own, or the secretariat for anybody, at any time.

    What follows for panels is done by the room of panels around this act, and by its sweep.
    """
    if by.pk != expert.user_id:
        permit(by, Permission.REVIEW_ASSIGN)
    code, problems = tidy_credit_code(credit_code), []
    if not organisation_name.strip():
        problems.append(Problem("name", "请填写单位名称。没有保存。", "organisation_name"))
    if not detail.strip():
        problems.append(Problem("detail", "请说明是什么关系。没有保存。", "detail"))
    if code and credit_code_problem(code):
        problems.append(Problem("code", f"{credit_code_problem(code)}没有保存。", "credit_code"))
    if problems:
        raise Refused(problems)
    interest = Interest.objects.create(
        expert=expert,
        kind=kind,
        organisation_name=organisation_name.strip(),
        credit_code=code,
        ended_on=ended_on,
        detail=detail.strip(),
        entered_by=by,
        entered_at=clock.now(),
    )
    audit.record(by=by, verb="enter_interest", target=expert, after=interest.organisation_name, note=detail)
    return interest


@transaction.atomic
def void_interest(interest, *, by, reason):
    """Say that an interest was entered in error. It stays, and who was set aside for it stays aside."""
    permit(by, Permission.REVIEW_ASSIGN)
    locked = Interest.objects.select_for_update().get(pk=interest.pk)
    if locked.voided_at:
        raise WrongState("这条利害关系已经作废。没有改动任何内容。")
    if not reason.strip():
        raise Refused([Problem("reason", "请写明理由。没有改动任何内容。", "reason")])
    locked.voided_at, locked.voided_by, locked.void_reason = clock.now(), by, reason
    locked.save(update_fields=["voided_at", "voided_by", "void_reason"])
    audit.record(by=by, verb="void_interest", target=locked, note=reason)
    return locked


# --- the season ---------------------------------------------------------------------------------------


@transaction.atomic
def set_pledge_text(edition, *, by, text):
    """Settle the promise of an edition; a further version binds those who sign from now on."""
    permit(by, Permission.REVIEW_ASSIGN)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if not text.strip():
        raise Refused([Problem("text", "承诺书不能为空。没有保存。", "text")])
    return _new_text(locked, by, text.strip())


def _new_text(edition, by, text):
    former = text_in_force(edition)
    version = former.version + 1 if former else 1
    made = PledgeText.objects.create(edition=edition, version=version, text=text, set_at=clock.now(), set_by=by)
    audit.record(by=by, verb="set_pledge_text", target=made)
    return made


@transaction.atomic
def invite(edition, *, by, experts, answer_by):
    """Ask experts of the pool for one edition. Refused for an edition whose review is over and an end in the past.

    The first invitation settles the promise of the edition, if nobody has before.
    """
    permit(by, Permission.REVIEW_ASSIGN)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    problems = _wrong_with_invitation(locked, answer_by)
    problems += [
        Problem("asked", f"{expert.user}已经受到本届邀请。没有发出任何邀请。", "experts")
        for expert in Expert.objects.filter(engagements__edition=locked, pk__in=[e.pk for e in experts])
    ]
    if problems:
        raise Refused(problems)
    if text_in_force(locked) is None:
        _new_text(locked, by, default_pledge())
    for expert in experts:
        engagement = Engagement.objects.create(
            edition=locked, expert=expert, invited_by=by, invited_at=clock.now(), answer_by=answer_by
        )
        _tell_invited(engagement)
        audit.record(by=by, verb="invite_expert", target=engagement)
    return locked


def _wrong_with_invitation(edition, answer_by):
    problems = []
    if edition.state in SEASON_OVER:
        problems.append(Problem("over", f"{edition}的评审已经结束。没有发出任何邀请。", "edition"))
    if answer_by <= clock.now():
        problems.append(Problem("past", "答复期限应在此刻之后。没有发出任何邀请。", "answer_by"))
    return problems


def _tell_invited(engagement):
    notify(
        [engagement.expert.user],
        "expert_invited",
        matter=f"{engagement.pk}-{int(engagement.invited_at.timestamp())}",
        link=DESK.format(engagement.pk),
        edition=str(engagement.edition),
        until=paper_moment(engagement.answer_by),
    )


def invite_again(engagement, *, by, answer_by):
    """Ask once more who has not answered, has declined or was let go; a signed promise stays signed."""
    with Engagement.workflow.move(engagement, "invite_again", by=by) as locked:
        problems = _wrong_with_invitation(locked.edition, answer_by)
        if problems:
            raise Refused(problems)
        locked.invited_at, locked.answer_by, locked.answered_at = clock.now(), answer_by, None
        locked.days, locked.reason = None, ""
        _tell_invited(locked)
    return locked


def accept_invitation(engagement, *, by, days):
    """The expert takes part, with so many days. Refused after the time to answer."""
    with Engagement.workflow.move(engagement, "accept_invitation", by=by) as locked:
        if locked.is_late(clock.now()):
            raise Refused(["答复期限已过，请联系秘书处再次邀请。没有保存。"])
        locked.days, locked.answered_at = days, clock.now()
    return locked


def decline_invitation(engagement, *, by, reason=""):
    """The expert does not take part this time."""
    with Engagement.workflow.move(engagement, "decline_invitation", by=by, note=reason) as locked:
        locked.reason, locked.answered_at = reason, clock.now()
    return locked


def end_engagement(engagement, *, by, reason):
    """The secretariat ends an expert's season early. The room of panels ends the seats around this act."""
    with Engagement.workflow.move(engagement, "end_engagement", by=by, note=reason) as locked:
        if not reason.strip():
            raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
        locked.reason = reason
    return locked


@transaction.atomic
def sign_pledge(engagement, *, by, version, signed_name):
    """Sign the promise of confidentiality, the version that was shown. Refused for an older one and a wrong name."""
    locked = _own_season(engagement, by)
    text = text_in_force(locked.edition)
    if hasattr(locked, "pledge"):
        raise WrongState("保密承诺书已经签署。没有重复签署。")
    if text is None or text.version != version:
        raise Refused(["承诺书在您阅读之后有了新的版本。没有签署，请阅读下面的新版本后再签。"])
    if signed_name.strip() != by.name:
        raise Refused([Problem("name", "签署姓名应与账号姓名一致。没有签署。", "signed_name")])
    Pledge.objects.create(engagement=locked, text=text, signed_name=by.name, signed_at=clock.now())
    audit.record(by=by, verb="sign_pledge", target=locked, details={"version": text.version})
    return locked


@transaction.atomic
def declare_interests(engagement, *, by, ties=None, shown=None):
    """Declare, of the applicants shown, those with whom there is an interest; the others are declared free of any.

    `ties` are {key of an application: (kind, words)}, each firm with its own; `shown` are the keys that were on the
    page, all unless told. Refused, naming every firm, where the words are missing.
    """
    locked = _own_season(engagement, by)
    cases = {case.pk: case for case in names_to_declare(locked.edition)}
    ties = {key: tie for key, tie in (ties or {}).items() if key in cases}
    problems = [
        Problem("detail", f"{cases[key].organisation.name}：请说明是什么关系。没有保存。", f"detail_{key}")
        for key, (_kind, words) in ties.items()
        if not words.strip()
    ]
    if problems:
        raise Refused(problems)
    seen = sorted(cases if shown is None else cases.keys() & {*shown, *ties})
    Declaration.objects.create(engagement=locked, shown=seen, named=sorted(ties), declared_at=clock.now())
    for key, (kind, words) in ties.items():
        firm = cases[key].organisation
        enter_interest(
            locked.expert, by=by, kind=kind, organisation_name=firm.name, credit_code=firm.credit_code, detail=words
        )
    audit.record(by=by, verb="declare_interests", target=locked, details={"shown": len(seen), "named": sorted(ties)})
    return locked


def _own_season(engagement, by):
    """The locked row of an accepted invitation; only its expert may act on it."""
    locked = Engagement.objects.select_for_update(of=("self",)).get(pk=engagement.pk)
    permit(by, Permission.ENGAGEMENT_ANSWER, locked)
    if locked.state != Engagement.State.ACCEPTED:
        raise WrongState("请先接受本届邀请。没有保存。")
    return locked
