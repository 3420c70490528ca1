import secrets

from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate

from awards.applications.actions import tell_members
from awards.decisions.actions import refuse_unless_recomputed
from awards.decisions.queries import newest_ranking
from awards.letters.numbering import next_number
from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.programmes.queries import calendar
from awards.standing.actions import refuse_unless_clear
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store
from enterprises.files.checks import refused_at
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.lib import clock, printing, workdays
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import queries
from .codes import digest_of, new_code
from .models import Notice, Objection, ObjectionFile
from .windows import window_from

EVIDENCE = ("pdf", "jpeg", "png", "docx", "xlsx")
MOST_FILES, MOST_MEGABYTES, MOST_PAGES = 5, 20, 200


# --- drawing a notice up ------------------------------------------------------------------------------


@transaction.atomic
def draft_notice(edition, *, by, title="", body=""):
    """Draw up the notice of the proposed list, names exactly as registered today. Nobody outside sees it.

    Without words of its own it says what the programme's template says. Refused while nothing is proposed and
    while another one is pending.
    """
    permit(by, Permission.NOTICE_PUBLISH, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    return _draft(locked, by, title, body, verb="draft_notice")


@transaction.atomic
def correct_notice(notice, *, by, because, title="", body=""):
    """Draw up the notice that takes the place of one released with a mistake; its period starts anew.

    The old one stays readable. Refused for a notice not released or replaced already, and while one is pending.
    """
    permit(by, Permission.NOTICE_PUBLISH, notice)
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=notice.edition_id)
    former = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if former.state not in Notice.OUT:
        raise WrongState("只有已经发布的公示可以更正。没有改动任何内容，请刷新页面查看。")
    if former.replacements.exclude(state=Notice.State.DROPPED).exists():
        raise WrongState("这份公示已经有更正的公示，请办理最新的一份。没有改动任何内容。")
    return _draft(edition, by, title, body, verb="correct_notice", replaces=former, because=because)


def _draft(edition, by, title, body, *, verb, replaces=None, because=""):
    names = queries.names_to_publish(edition, replaces)
    if not names:
        raise Refused(["没有拟奖的申报，不能拟定公示。"])
    if edition.notices.filter(state__in=[Notice.State.DRAFT, Notice.State.SCHEDULED]).exists():
        raise Refused(["已有一份拟定中的公示，请先发布或作废。"])
    is_further = replaces is None and edition.notices.filter(state__in=Notice.OUT).exists()
    drawn = queries.notice_text(edition, len(names), is_further=is_further)
    notice = Notice.objects.create(
        edition=edition,
        title=title.strip() or drawn["title"],
        body=body.strip() or drawn["body"],
        names=names,
        drawn_from=drawn,
        replaces=replaces,
        because=because,
        drafted_by=by,
    )
    audit.record(by=by, verb=verb, target=notice, note=because, details={"names": [n["name"] for n in names]})
    return notice


@transaction.atomic
def edit_notice(notice, *, by, title, body):
    """Change the words of a draft by hand; the names stay. Whoever changes them is its author from now on."""
    permit(by, Permission.NOTICE_PUBLISH, notice)
    locked = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if locked.state != Notice.State.DRAFT:
        raise WrongState("这份公示已经不是拟定稿，不能修改。没有改动任何内容，请刷新页面查看。")
    before = f"{locked.title}\n{locked.body}"
    locked.title, locked.body, locked.drafted_by = title.strip(), body.strip(), by
    locked.save(update_fields=["title", "body", "drafted_by"])
    audit.record(by=by, verb="edit_notice", target=locked, details={"before": before, "after": f"{title}\n{body}"})
    return locked


def drop(notice, *, by, reason):
    """Drop a draft; its number of names never becomes public."""
    with Notice.workflow.move(notice, "drop", by=by, note=reason) as locked:
        pass
    return locked


# --- release ------------------------------------------------------------------------------------------


def publish(notice, *, by, publish_at=None):
    """Release the notice now, or settle the minute at which the clock releases it. By another than its author.

    The working-day window is that of the day of release. Refused when the list or a registered name has changed
    since drafting, while a credit record stands in the way of a name, and when the calendar does not reach far
    enough to compute the last day.
    """
    with Notice.workflow.move(notice, "schedule" if publish_at else "publish", by=by) as locked:
        if locked.drafted_by_id == by.pk:
            raise Refused([Problem("two_people", "拟定人不能自己发布，请由另一名工作人员核对后发布。没有发布。")])
        if publish_at and publish_at <= clock.now():
            raise Refused([Problem("publish_at", "发布时间须晚于现在；要立即发布，请留空。没有发布。", "publish_at")])
        _refuse_unless_ready(locked)
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        _settle(locked, edition, publish_at or clock.now())
        locked.published_by = by
        if not publish_at:
            _move_along(locked, edition, by)
    return locked


def _refuse_unless_ready(notice):
    edition = notice.edition
    if invisible := printing.invisible_in(notice.title + notice.body):
        raise Refused([f"标题或正文里有看不见的控制字符：{_codes(invisible)}。请修改文字，删去后再发布。没有发布。"])
    if notice.names != queries.names_to_publish(edition, notice.replaces):
        raise Refused(["拟奖名单或登记名称在拟定后有变化，请作废后重新拟定。没有发布。"])
    refuse_unless_recomputed(newest_ranking(edition))
    refuse_unless_clear(queries.to_publish(edition, notice.replaces))


def _codes(characters):
    return "、".join(f"U+{ord(character):04X}" for character in characters)


def _settle(notice, edition, moment):
    """Number, address and window of a release at this moment."""
    try:
        window = window_from(localdate(moment), edition.settled, calendar())
    except workdays.BeyondCalendar as beyond:
        raise Refused([f"{beyond}没有发布。"]) from None
    notice.first_day, notice.last_day, notice.working_days = window
    others = edition.notices.exclude(pk=notice.pk).filter(number__isnull=False)
    notice.number = others.count() + 1
    notice.address = f"{edition.code}-{notice.number}"
    notice.published_at = moment


def _move_along(notice, edition, by):
    """What a release does to the applications and the edition.

    An edition that is awarded stays so: what is publicised then is for a later approval, whether the correction of its
    notice or whom another vote proposed.
    """
    named = [row["application"] for row in notice.names]
    for application in edition.applications.filter(state=State.PROPOSED, pk__in=named).select_for_update(of=("self",)):
        with APPLICATION.move(application, "publicise", by=by):
            pass
    if edition.state == Edition.State.AWARDED:
        return
    with Edition.workflow.move(edition, "publicise", by=by):
        pass


def recall(notice, *, by, reason):
    """Take a settled release back before its minute; nobody outside has seen it. Too late from that minute on."""
    with Notice.workflow.move(notice, "recall", by=by, note=reason) as locked:
        if locked.published_at <= clock.now():
            raise WrongState("已经到了发布时间，公众已能看到，不能取消。没有改动任何内容；有误的请撤回或更正。")
        locked.number, locked.address = None, ""
        locked.first_day = locked.last_day = locked.working_days = None
        locked.published_at = locked.published_by = None
    return locked


def release(notice, *, by):
    """Do the rest for a notice that the clock has released: applications and edition move, its authors are told.

    Done meanwhile, or not due yet, it raises WrongState.
    """
    with Notice.workflow.move(notice, "release", by=by) as locked:
        if locked.published_at > clock.now():
            raise WrongState("还没有到发布时间。没有改动任何内容。")
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        _move_along(locked, edition, by)
        _tell_authors(locked, "notice_released")
    return locked


def hold_back(notice, *, by):
    """Stop a settled release whose list no longer stands, and tell its authors; one that stands is left alone."""
    try:
        _refuse_unless_ready(notice)
    except Refused as refusal:
        authors = [notice.drafted_by, notice.published_by]
        recall(notice, by=by, reason=str(refusal))
        _tell_authors(notice, "notice_held", authors=authors, reason=str(refusal))


def _tell_authors(notice, kind, *, authors=None, **values):
    link = f"/office/awards/notice/{notice.pk}/change/"
    people = {user.pk: user for user in authors or [notice.drafted_by, notice.published_by]}
    matter = f"{notice.pk}-{kind}-{clock.now():%Y%m%d%H%M}"
    notify(list(people.values()), kind, matter=matter, link=link, notice=notice.title, **values)


def withdraw(notice, *, by, reason):
    """Withdraw a released notice with a mistake at once; it stays readable, marked, and takes no objection.

    The list has then not been publicised until a correction has run its whole period.
    """
    notice = _caught_up(notice)
    with Notice.workflow.move(notice, "withdraw_notice", by=by, note=reason) as locked:
        locked.withdrawn_at, locked.withdrawn_because = clock.now(), reason
    return locked


def _caught_up(notice):
    """The notice with its release done where the clock was faster than the task."""
    if Notice.objects.due(clock.now()).filter(pk=notice.pk).exists():
        return release(notice, by=User.objects.robot())
    return notice


# --- objections ---------------------------------------------------------------------------------------


def object_to(notice, *, application, objector, contact, grounds, by=None, uploads=()):
    """Take in a real-name objection while the window is open; `by` is the staff member who records it, if any.

    Refused outside the window, for a name that is not on the notice, and for a file that is not taken. One that
    came online carries `code`, which opens its status page; only its digest is kept.
    """
    if by is not None:
        permit(by, Permission.OBJECTION_DECIDE, notice)
    _refuse_unless_open(notice, application)
    if missing := printing.missing_glyphs(objector):
        raise Refused([Problem("glyphs", f"{_unprintable(missing)}答复上印不出，请改用文字。没有登记。", "objector")])
    keeper = by or User.objects.robot()
    with refused_at("uploads"):
        most = {"max_bytes": MOST_MEGABYTES * 1024 * 1024, "max_pages": MOST_PAGES}
        files = [store(upload, by=keeper, accepted=EVIDENCE, **most) for upload in uploads]
    with transaction.atomic():
        locked = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
        _refuse_unless_open(locked, application)
        objection = _take_in(locked, application, by, objector=objector, contact=contact, grounds=grounds)
        ObjectionFile.objects.bulk_create(ObjectionFile(objection=objection, file=file) for file in files)
        audit.record(by=by, verb="object_to", target=objection, details={"files": len(files)} if files else None)
    return objection


def _unprintable(characters):
    shown = "".join(c if c.isprintable() else "□" for c in characters)
    return f"“{shown}”（{_codes(characters)}）"


def _refuse_unless_open(notice, application):
    now = clock.now()
    if not Notice.objects.open(now).filter(pk=notice.pk).exists():
        is_out = notice.published_at and notice.published_at <= now
        until = f"异议须在公示期内（至 {notice.last_day}）提出" if is_out else "公示尚未发布"
        raise Refused([Problem("window", f"{until}，现在不能受理，没有登记。")])
    if application.pk not in {row["application"] for row in notice.names}:
        raise Refused([Problem("name", "该单位不在本次公示名单中，没有登记。", "application")])


def _take_in(notice, application, by, **said):
    today = clock.today()
    code = "" if by else new_code()
    objection = Objection.objects.create(
        notice=notice,
        application=application,
        receipt=f"YY{today:%Y%m%d}{secrets.token_hex(3).upper()}",
        code_digest=digest_of(code),
        received_at=clock.now(),
        recorded_by=by,
        examine_by=_examine_by(notice.edition, today),
        **said,
    )
    objection.code = code
    return objection


def _examine_by(edition, today):
    """The last day to examine an objection, or None: older editions have no such rule, calendars end."""
    days = edition.settled.get("objection_days")
    try:
        return days and workdays.last_day(today, days, calendar(), first_day_counted=False)
    except workdays.BeyondCalendar:
        return None


@transaction.atomic
def propose_finding(objection, *, by, outcome, finding):
    """What the examination found, for a second person to confirm. It may be written anew until then.

    Refused without reasons, and for an objection that shall stand before the applicant was heard.
    """
    permit(by, Permission.OBJECTION_DECIDE, objection)
    locked = _undecided(objection)
    problems = []
    if not finding.strip():
        problems.append(Problem("finding", "请写明核查结论及理由。没有保存。", "finding"))
    if missing := printing.missing_glyphs("".join(finding.split())):
        text = f"{_unprintable(missing)}答复上印不出，请改用文字。没有保存。"
        problems.append(Problem("glyphs", text, "finding"))
    if outcome == Objection.State.UPHELD and not queries.is_heard(locked):
        text = "拟认定异议成立的，须先听取被异议单位的说明（答复或者逾期未答复）。没有保存。"
        problems.append(Problem("unheard", text, "outcome"))
    if problems:
        raise Refused(problems)
    locked.proposed_outcome, locked.finding = outcome, finding.strip()
    locked.proposed_by, locked.proposed_at = by, clock.now()
    locked.save()
    audit.record(by=by, verb="propose_finding", target=locked, after=outcome, note=finding)
    return locked


@transaction.atomic
def send_finding_back(objection, *, by, reason):
    """The second person does not agree; the first one proposes again."""
    permit(by, Permission.OBJECTION_DECIDE, objection)
    locked = _undecided(objection)
    if not locked.proposed_by_id:
        raise WrongState("还没有提出结论。没有改动任何内容，请刷新页面查看。")
    before, locked.proposed_outcome, locked.proposed_by, locked.proposed_at = locked.proposed_outcome, "", None, None
    locked.save()
    audit.record(by=by, verb="send_finding_back", target=locked, before=before, note=reason)
    return locked


def _undecided(objection):
    locked = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    if locked.state != Objection.State.RECEIVED:
        raise WrongState("这件异议已经办结。没有改动任何内容，请刷新页面查看。")
    return locked


def uphold(objection, *, by):
    """A second person confirms that the objection stands: only this candidate is struck from the list."""
    with Objection.workflow.move(objection, "uphold", by=by) as locked:
        _confirm(locked, by, Objection.State.UPHELD)
        application = locked.application
        if application.state == State.PROPOSED:  # the clock released the notice, the task has not come yet
            _caught_up(locked.notice)
            application.refresh_from_db()
        if application.state != State.STRUCK:
            with APPLICATION.move(application, "strike", by=by, note=locked.finding):
                pass
        tell_members(application, "objection_decided", matter=f"objection-{locked.pk}", outcome="成立，拟奖资格已取消")
    return locked


def dismiss(objection, *, by):
    """A second person confirms that the objection does not stand; the candidate stays."""
    with Objection.workflow.move(objection, "dismiss", by=by) as locked:
        _confirm(locked, by, Objection.State.DISMISSED)
        if hasattr(locked, "statement"):
            matter = f"objection-{locked.pk}"
            tell_members(locked.application, "objection_decided", matter=matter, outcome="不成立，拟奖资格不变")
    return locked


def _confirm(objection, by, outcome):
    """Refused where nothing or another outcome is proposed, and for whoever proposed it."""
    if objection.proposed_outcome != outcome:
        raise Refused([Problem("proposal", "提出的结论不是这一个，请刷新页面查看。没有保存。")])
    if objection.proposed_by_id == by.pk:
        raise Refused([Problem("two_people", "提出结论的人不能自己确认，请由另一名工作人员确认。没有保存。")])
    year = clock.today().year
    code = f"{settings.AGENCY_CODE}异复"
    code = f"（演练）{code}" if objection.notice.edition.is_rehearsal else code
    objection.reply_number = f"{code}〔{year}〕{next_number(code, year)}号"
    objection.decided_by, objection.decided_at = by, clock.now()


@transaction.atomic
def withdraw_objection(objection, *, reason, by=None):
    """Whoever objected takes it back, online (`by` is nobody of ours) or through the office. It is kept."""
    if by is not None:
        permit(by, Permission.OBJECTION_DECIDE, objection)
    locked = _undecided(objection)
    before, locked.state = locked.state, Objection.State.WITHDRAWN
    locked.withdrawn_at, locked.withdrawn_because = clock.now(), reason
    locked.save()
    audit.record(by=by, verb="withdraw_objection", target=locked, before=before, after=locked.state, note=reason)
    return locked


@transaction.atomic
def reveal_objector(objection, *, by, reason):
    """Who objected and how to reach them, once, with a reason that stays in the trail."""
    permit(by, Permission.OBJECTION_DECIDE, objection)
    audit.record(by=by, verb="reveal_objector", target=objection, note=reason)
    return objection


@transaction.atomic
def log_evidence(objection, *, by, file):
    """Who took which paper of an objection, in the trail."""
    audit.record(by=by, verb="read_objection_file", target=objection, note=file.name)


@transaction.atomic
def log_reply(objection, *, by=None):
    """Who took the answer to an objection; without `by` it was whoever holds its code."""
    audit.record(by=by, verb="download_reply", target=objection)


def hold_list(edition):
    """Lock what an approval rests on until the act is over: the notices, so that an objection on its way in is waited
    for, and the candidates, so that none is struck meanwhile. Before the act's first line in the trail."""
    published = edition.notices.filter(state=Notice.State.PUBLISHED)
    candidates = edition.applications.filter(state=State.PUBLICISED)
    for rows in (published, candidates):
        list(rows.select_for_update(of=("self",)).order_by("pk"))


def still_open(edition):
    """What keeps the list from going to the government: a running window, another name, nobody to be decided on.

    A candidate with an undecided objection keeps nobody else from it.
    """
    problems, now = [], clock.now()
    notices = queries.standing_notices(edition, now)
    if not notices:
        problems.append(Problem("no_notice", "拟奖名单还没有公示，或者公示已撤回、更正后的公示还没有发布。"))
    running = [notice for notice in notices if clock.today() <= notice.last_day]
    problems += [Problem("window", f"公示期到 {notice.last_day}，尚未结束。") for notice in running]
    renamed = queries.renamed_since(edition, notices)
    problems += [
        Problem("renamed", f"{published}现登记名称为{name}，与公示的不一致，须更正后重新公示。")
        for published, name in renamed
    ]
    frozen = queries.frozen(edition)
    if frozen and not queries.ready(edition).exists():
        firms = "、".join(application.organisation.name for application in frozen)
        problems.append(Problem("objections", f"名单上没有可以审定的单位，对下列单位的异议还没有核查完毕：{firms}。"))
    return problems
