from contextlib import contextmanager

from django.db import transaction
from django.urls import reverse

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store
from enterprises.files.checks import refused_at
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import paper_moment
from foshan_quality.permissions import Permission

from . import rules, windows
from .catalogue import SAMPLE_KINDS, DocumentKind, default_catalogue, problems_of
from .models import CalendarDay, CatalogueLine, Condition, Edition, EditionRule, Programme, WindowChange, WindowProposal
from .queries import default_conditions, members_applying


@transaction.atomic
def prepare(*, by, programme, year, rubric, opens_at, closes_at, settings, is_rehearsal=False):
    """Begin an edition. `settings` maps every rule key to (value, document, article, is_confirmed).

    Refused while a rule is missing or its value cannot be read, naming all of them at once.
    """
    permit(by, Permission.EDITION_PREPARE)
    _refuse_bad_settings(settings, rubric)
    if closes_at <= opens_at:
        raise Refused([Problem("window", "申报截止须晚于申报开始。没有保存。", "closes_at")])
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    last = programme.editions.order_by("-ordinal").first()
    edition = Edition.objects.create(
        programme=programme,
        year=year,
        ordinal=(last.ordinal if last else programme.editions_before) + 1,
        rubric=rubric,
        opens_at=opens_at,
        closes_at=closes_at,
        is_rehearsal=is_rehearsal,
    )
    EditionRule.objects.bulk_create(
        EditionRule(edition=edition, key=key, value=value, document=document, article=article, is_confirmed=confirmed)
        for key, (value, document, article, confirmed) in settings.items()
    )
    CatalogueLine.objects.bulk_create(
        CatalogueLine(edition=edition, position=place, **vars(line))
        for place, line in enumerate(default_catalogue(), 1)
    )
    Condition.objects.bulk_create(
        Condition(edition=edition, position=place, **row) for place, row in enumerate(default_conditions(), 1)
    )
    audit.record(by=by, verb="prepare_edition", target=edition)
    return edition


def _refuse_bad_settings(settings, rubric):
    problems = [
        Problem(key, f"缺少规则“{rules.RULES[key].label}”。没有保存。") for key in rules.RULES if key not in settings
    ]
    problems += _bad_values(settings, rubric)
    if problems:
        raise Refused(problems)


def _bad_values(settings, rubric):
    problems = []
    for key, (value, document, _article, _confirmed) in settings.items():
        try:
            settled = rules.parse(key, value)
        except ValueError as wrong:
            problems.append(Problem(key, f"{wrong}。没有保存。", key))
        else:
            if rules.RULES[key].parse is rules.points and settled > rubric.total:
                text = f"{rules.RULES[key].label} {value} 超过准则总分 {rubric.total}。没有保存。"
                problems.append(Problem(key, text, key))
        if not document.strip():
            problems.append(Problem(key, f"规则“{rules.RULES[key].label}”缺少依据文件。没有保存。", key))
    return problems


@transaction.atomic
def set_rule(edition, *, by, key, value, document, article="", is_confirmed=False):
    """Change one rule while the edition is being prepared; afterwards rules are frozen.

    A rule that came with a newer release and that the edition does not have yet is added.
    """
    permit(by, Permission.EDITION_PREPARE)
    locked = Edition.objects.select_for_update().get(pk=edition.pk)
    if locked.state != Edition.State.PREPARING:
        raise Refused(["公告发布后规则已冻结，不能修改。没有保存。"])
    problems = _bad_values({key: (value, document, article, is_confirmed)}, locked.rubric)
    if problems:
        raise Refused(problems)
    rule = locked.rules.filter(key=key).first() or EditionRule(edition=locked, key=key)
    before = rule.value
    rule.value, rule.document, rule.article, rule.is_confirmed = value, document, article, is_confirmed
    rule.save()
    audit.record(by=by, verb="set_rule", target=locked, before=before, after=value, details={"rule": key})
    return locked


def _in_preparation(edition, by):
    permit(by, Permission.EDITION_PREPARE)
    locked = Edition.objects.select_for_update().get(pk=edition.pk)
    if locked.state != Edition.State.PREPARING:
        raise Refused(["公告发布后材料清单和申报条件已冻结，不能修改。没有保存。"])
    return locked


@transaction.atomic
def set_document_line(edition, *, by, key, **fields):
    """Change a line of the catalogue, or add one under a new key. Refused after the call is published."""
    locked = _in_preparation(edition, by)
    line = DocumentKind(key=key, **fields)
    if problems := problems_of(line):
        raise Refused([Problem("line", text, where) for where, text in problems])
    position = locked.catalogue.count() + 1
    _row, is_new = CatalogueLine.objects.update_or_create(
        edition=locked, key=key, defaults=vars(line), create_defaults=vars(line) | {"position": position}
    )
    audit.record(
        by=by, verb="set_document_line", target=locked, details={"line": vars(line), "new": "是" if is_new else "否"}
    )
    return locked


def set_sample_form(edition, *, by, key, upload):
    """Give a line of the catalogue the form applicants download; another one before it is replaced.

    Checked like any upload. Refused after the call is published, and for a file that is not taken.
    """
    permit(by, Permission.EDITION_PREPARE)
    with refused_at("upload"):
        stored = store(upload, by=by, accepted=SAMPLE_KINDS)
    return _set_sample(edition, by, key, stored)


def drop_sample_form(edition, *, by, key):
    """Take a line's form away. Refused after the call is published."""
    return _set_sample(edition, by, key, None)


@transaction.atomic
def _set_sample(edition, by, key, stored):
    locked = _in_preparation(edition, by)
    line = locked.catalogue.select_related("sample").filter(key=key).first()
    if line is None:
        raise Refused([Problem("line", "材料清单里没有这一项。没有保存。", "key")])
    before, line.sample = line.sample, stored
    line.save(update_fields=["sample"])
    names = {"before": before.name if before else "", "after": stored.name if stored else ""}
    details = {"key": key, "sha256": stored.digest if stored else ""}
    audit.record(by=by, verb="set_sample_form", target=locked, details=details, **names)
    return locked


@transaction.atomic
def drop_document_line(edition, *, by, key):
    """Take a line out of the catalogue. Refused after the call is published."""
    locked = _in_preparation(edition, by)
    dropped, _by_model = locked.catalogue.filter(key=key).delete()
    if not dropped:
        raise Refused([Problem("line", "材料清单里没有这一项。没有改动任何内容。", "key")])
    audit.record(by=by, verb="drop_document_line", target=locked, details={"key": key})
    return locked


@transaction.atomic
def set_condition(edition, *, by, key, **fields):
    """Change one condition of the self-check, its basis included. Refused after the call is published."""
    locked = _in_preparation(edition, by)
    row = locked.conditions.filter(key=key).first()
    if row is None:
        raise Refused([Problem("condition", "没有这一项条件。没有改动任何内容。", "key")])
    if not fields["document"].strip():
        raise Refused([Problem("document", f"条件“{row.question}”缺少依据文件。没有保存。", "document")])
    value = fields.get("value", "").strip()
    if row.measure not in {"", "size"} and value and not value.isdecimal():
        raise Refused([Problem("value", "值应为年数，例如 3；留空即不启用。没有保存。", "value")])
    for name, given in fields.items():
        setattr(row, name, given)
    row.save()
    audit.record(by=by, verb="set_condition", target=locked, details={"key": key} | fields)
    return locked


@transaction.atomic
def set_window(edition, *, by, opens_at, closes_at):
    """Move the window while the edition is being prepared."""
    permit(by, Permission.EDITION_PREPARE)
    locked = Edition.objects.select_for_update().get(pk=edition.pk)
    if locked.state != Edition.State.PREPARING:
        raise Refused(["公告发布后不能在此修改申报时间。没有保存。"])
    if closes_at <= opens_at:
        raise Refused([Problem("window", "申报截止须晚于申报开始。没有保存。", "closes_at")])
    before = f"{locked.opens_at:%Y-%m-%d %H:%M}—{locked.closes_at:%Y-%m-%d %H:%M}"
    locked.opens_at, locked.closes_at = opens_at, closes_at
    locked.save()
    audit.record(by=by, verb="set_window", target=locked, before=before)
    return locked


def publish(edition, *, by, approval_number, approved_on):
    """Publish the call. Refused without the approval to hold the edition (评比表彰活动须经批准)."""
    with Edition.workflow.move(edition, "publish", by=by, details={"approval": approval_number}) as locked:
        problems = []
        if not approval_number.strip():
            problems.append(
                Problem("approval", "没有批准文号，不能发布。评比表彰活动须按程序报批同意后开展。", "approval_number")
            )
        if approved_on is None or approved_on > clock.today():
            problems.append(Problem("approved_on", "批准日期缺失或晚于今天。没有发布。", "approved_on"))
        if locked.closes_at <= clock.now():
            problems.append(Problem("window", "申报截止时间已过，请先调整申报时间。没有发布。", "closes_at"))
        if problems:
            raise Refused(problems)
        locked.approval_number, locked.approved_on = approval_number.strip(), approved_on
    return locked


def open_call(edition, *, by):
    """Open the published call; from now on the clock alone decides who is in time."""
    with Edition.workflow.move(edition, "open", by=by) as locked:
        if locked.closes_at <= clock.now():
            raise Refused(["申报截止时间已过，不能开放。"])
    return locked


def start_review(edition, *, by):
    """End the call and begin the review. Refused before the close of the window."""
    with Edition.workflow.move(edition, "start_review", by=by) as locked:
        if clock.now() < locked.closes_at:
            raise Refused(["申报尚未截止，不能进入评审。"])
        if locked.open_window_proposal:
            raise Refused(["截止时间变更还在等待确认，请先确认或作废，再进入评审。没有改动任何内容。"])
    return locked


# --- moving the close ---------------------------------------------------------------------------------


@transaction.atomic
def propose_window(edition, *, by, closes_at, reason, document):
    """Ask a second person to move the close of a published call. Nothing changes before the confirmation.

    Refused without reason and document, for a close that the edition's rule forbids, and while another
    proposal waits.
    """
    permit(by, Permission.EDITION_PUBLISH)
    locked = _published(edition)
    if locked.open_window_proposal:
        raise Refused(["已有一项截止时间变更在等待确认，没有重复提出。请先确认或作废。"])
    found = _window_problems(locked, closes_at) + windows.paper_problems(reason=reason, document=document)
    if found:
        raise Refused(found)
    proposal = WindowProposal.objects.create(
        edition=locked,
        closes_before=locked.closes_at,
        closes_at=closes_at,
        reason=reason.strip(),
        document=document.strip(),
        proposed_at=clock.now(),
        proposed_by=by,
    )
    audit.record(by=by, verb="propose_window", target=locked, note=reason, details=_about(proposal))
    return proposal


def confirm_window(edition, *, by, proposal):
    """Move the close as proposed, at once and everywhere; everybody with an application in the edition is told.

    `proposal` is the key of the one the person has read. Refused for whoever proposed it, and when time or
    another change has overtaken it.
    """
    with _decided(edition, "confirm_window", proposal, by) as decided:
        if decided.proposed_by_id == by.pk:
            raise Refused(["变更由您提出，须由另一人确认。没有改动任何内容。"])
        locked = _published(edition)
        if locked.closes_at != decided.closes_before:
            raise Refused(["提出后截止时间已经变动，请作废后重新提出。没有改动任何内容。"])
        found = _window_problems(locked, decided.closes_at)
        if found:
            raise Refused([*found, "请作废后重新提出。"])
        now = clock.now()
        change = WindowChange.objects.create(
            edition=locked,
            closes_before=locked.closes_at,
            closes_at=windows.effective(wanted=decided.closes_at, now=now),
            reason=decided.reason,
            document=decided.document,
            proposed_by=decided.proposed_by,
            confirmed_by=by,
            changed_at=now,
        )
        locked.closes_at = change.closes_at
        locked.save(update_fields=["closes_at"])
        audit.record(by=by, verb="move_window", target=locked, note=change.reason, details=_about(change))
        _tell_applicants(locked, change)
    return locked


def drop_window(edition, *, by, proposal):
    """Put a proposed change of the close aside; the one who proposed it may do so too."""
    with _decided(edition, "drop_window", proposal, by):
        pass
    return edition


@contextmanager
def _decided(edition, step, key, by):
    """The proposal, locked, as it gets its decision."""
    found = edition.window_proposals.filter(pk=key).first()
    if found is None:
        raise WrongState("这项截止时间变更已不存在，没有改动任何内容。请刷新页面查看。")
    with WindowProposal.workflow.move(found, step, by=by, details=_about(found)) as locked:
        yield locked
        locked.decided_at, locked.decided_by = clock.now(), by


def _published(edition):
    """The edition, locked, while its call is public and its review has not begun."""
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if locked.state not in {Edition.State.PUBLISHED, Edition.State.OPEN}:
        raise WrongState("只有公告后、进入评审前才能变更截止时间。没有改动任何内容，请刷新页面查看。")
    return locked


def _window_problems(edition, wanted):
    if wanted <= edition.opens_at:
        return [Problem("window", "申报截止须晚于申报开始。没有改动。", "closes_at")]
    hours = edition.settled["closing_notice_hours"]
    return windows.problems(closes_at=edition.closes_at, wanted=wanted, now=clock.now(), notice_hours=hours)


def _about(change):
    return {
        "closes_before": change.closes_before.isoformat(),
        "closes_at": change.closes_at.isoformat(),
        "document": change.document,
    }


def _tell_applicants(edition, change):
    """Every member of every firm with an application in the edition that was not refused."""
    notify(
        members_applying(edition),
        "window_extended" if change.closes_at > change.closes_before else "window_shortened",
        matter=f"window-{change.pk}",
        link=reverse("desk"),
        edition=edition,
        formerly=paper_moment(change.closes_before),
        until=paper_moment(change.closes_at),
        document=change.document,
        reason=change.reason,
    )


@transaction.atomic
def set_calendar_day(day, *, by, is_working, source):
    """Correct or add one day of the working calendar. Windows already published do not move."""
    permit(by, Permission.CALENDAR_EDIT)
    row, _created = CalendarDay.objects.update_or_create(
        day=day,
        defaults={"is_working": is_working, "source": source, "changed_at": clock.now(), "changed_by": by},
    )
    audit.record(by=by, verb="set_calendar_day", target=row, after="上班" if is_working else "放假", note=source)
    return row
