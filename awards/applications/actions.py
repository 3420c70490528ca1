from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.timezone import localtime

from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.programmes.queries import calendar
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store_pdf
from enterprises.files.checks import BadFile
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.workdays import BeyondCalendar, last_day
from foshan_quality.permissions import Permission

from . import dossier
from .models import Answer, Application, Document, Indicator, Screening, Snapshot
from .queries import dossier_of, years_of
from .sections import DOCUMENTS, INDICATORS, PROFILE


@transaction.atomic
def start(edition, *, by, organisation):
    """Begin an application; begun already, the same one comes back. Refused while the call is not open."""
    permit(by, Permission.ORGANISATION_VIEW, organisation)
    relations = {str(relation) for relation in organisation.roles_of(by)}
    if not relations & {"owner", "editor"}:
        raise PermissionDenied(Permission.APPLICATION_EDIT)
    existing = Application.objects.filter(edition=edition, organisation=organisation).first()
    if existing:
        return existing
    if not edition.takes_applications(clock.now()):
        raise Refused([_closed(edition)])
    application, created = Application.objects.get_or_create(
        edition=edition, organisation=organisation, defaults={"created_by": by}
    )
    if created:
        audit.record(by=by, verb="start_application", target=application, after=State.DRAFT)
    return application


def _closed(edition):
    """Why the call takes nothing now, with the clock that decides."""
    now, closes = localtime(clock.now()), localtime(edition.closes_at)
    return Problem(
        "closed",
        f"现在是北京时间 {now:%Y-%m-%d %H:%M:%S}，本届申报时间为 {localtime(edition.opens_at):%Y-%m-%d %H:%M} 至 "
        f"{closes:%Y-%m-%d %H:%M}，不能提交。草稿已保留，仍可查看。如有疑问请联系秘书处。",
    )


def _locked_for_writing(application, by):
    """The row, locked, while it is with the enterprise and this person may write."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    permit(by, Permission.APPLICATION_EDIT, locked)
    _refuse_frozen(locked)
    return locked


def _refuse_frozen(application):
    if not application.is_with_the_enterprise:
        raise WrongState("申报已经提交，内容已冻结。刚才的修改没有保存。")


@transaction.atomic
def save_answers(application, *, by, texts, versions=None):
    """Save the texts carried, and no others. Returns the new versions by key.

    `versions` holds the version each text was based on; a text changed by somebody else in the
    meantime is refused (code `conflict`), and then nothing of this save is kept.
    """
    locked = _locked_for_writing(application, by)
    _refuse_unknown(locked, texts)
    rows = {row.key: row for row in locked.answers.select_for_update().filter(key__in=texts)}
    stale = [key for key, seen in (versions or {}).items() if key in rows and rows[key].version != seen]
    if stale:
        text = "这一栏刚被同事修改过，您的内容没有保存，仍在页面上。请刷新核对后再保存。"
        raise Refused([Problem("conflict", text, key) for key in stale])
    changed, now = [], clock.now()
    for key, text in texts.items():
        row = rows.get(key) or Answer(application=locked, key=key)
        if row.pk and row.text == text:
            continue
        row.text, row.version, row.updated_at, row.updated_by = text, row.version + 1, now, by
        row.save()
        rows[key] = row
        changed.append(key)
    if changed:
        audit.record(by=by, verb="save_answers", target=locked, details={"keys": changed})
    return {key: row.version for key, row in rows.items()}


def _refuse_unknown(application, texts):
    known = {field.key for field in PROFILE} | {code for code, _ in dossier_of(application).items}
    if set(texts) - known:
        raise Refused(["表单中有系统不认识的栏目，没有保存。请刷新页面后重试。"])


@transaction.atomic
def save_indicators(application, *, by, figures):
    """Save figures: {(key, year): (Decimal or None, reason)}. A pair with neither clears the cell."""
    locked = _locked_for_writing(application, by)
    _refuse_bad_figures(locked, figures)
    now, kept = clock.now(), []
    for (key, year), (value, reason) in figures.items():
        if value is None and not reason:
            locked.indicators.filter(key=key, year=year).delete()
            continue
        reason = "" if value is not None else reason
        kept.append(
            Indicator(
                application=locked,
                key=key,
                year=year,
                value=value,
                absent_because=reason,
                updated_at=now,
                updated_by=by,
            )
        )
    Indicator.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["application", "key", "year"],
        update_fields=["value", "absent_because", "updated_at", "updated_by"],
    )
    audit.record(by=by, verb="save_indicators", target=locked, details={"cells": len(figures)})


def _refuse_bad_figures(application, figures):
    fields, years = {f.key: f for f in INDICATORS}, years_of(application.edition)
    problems = []
    for (key, year), (value, _reason) in figures.items():
        if key not in fields or year not in years:
            problems.append(Problem("unknown", "表单中有系统不认识的指标，没有保存。请刷新页面后重试。"))
        elif value is not None and value < 0 and not fields[key].may_be_negative:
            text = f"{year} 年“{fields[key].label}”不能为负数，没有保存。"
            problems.append(Problem("negative", text, f"{key}-{year}"))
    if problems:
        raise Refused(problems)


@transaction.atomic
def add_document(application, *, by, kind, upload):
    """Check and add one PDF under a line of the catalogue. Refused with the reason; nothing is kept then.

    The file is checked before the row is locked: a slow file must not keep a colleague from saving.
    """
    permit(by, Permission.APPLICATION_EDIT, application)
    _refuse_frozen(application)
    if kind not in {line.key for line in DOCUMENTS}:
        raise Refused(["材料清单里没有这一项，没有保存。"])
    try:
        stored = store_pdf(upload, by=by)
    except BadFile as bad:
        raise Refused([Problem("file", str(bad), kind)]) from None
    locked = _locked_for_writing(application, by)
    document = Document.objects.create(application=locked, kind=kind, file=stored)
    audit.record(by=by, verb="add_document", target=locked, details={"kind": kind, "sha256": stored.digest})
    return document


@transaction.atomic
def remove_document(document, *, by):
    """Take a file off the list; the row and the file stay for the record."""
    locked = _locked_for_writing(document.application, by)
    row = locked.documents.select_for_update().get(pk=document.pk)
    if row.removed_at is None:
        row.removed_at, row.removed_by = clock.now(), by
        row.save(update_fields=["removed_at", "removed_by"])
        audit.record(by=by, verb="remove_document", target=locked, details={"sha256": row.file.digest})


def submit(application, *, by):
    """Hand the dossier in: number, server time, frozen snapshot. Refused with every reason at once.

    In time means: within the call's window, or for a returned dossier until its correction day.
    """
    with APPLICATION.move(application, "submit", by=by) as locked:
        _refuse_late(locked)
        content = dossier_of(locked)
        blockers = [p for p in dossier.problems(content, clock.today()) if p.blocks]
        if blockers:
            raise Refused(blockers)
        now = clock.now()
        if not locked.number:
            locked.number = _next_number(locked.edition_id)
        locked.submitted_at, locked.submitted_by, locked.correct_by = now, by, None
        text, digest = dossier.frozen(content)
        version = locked.snapshots.count() + 1
        Snapshot.objects.create(
            application=locked, version=version, content=text, digest=digest, taken_at=now, taken_by=by
        )
        tell_members(locked, "application_submitted", matter=f"{locked.pk}-{version}")
    return locked


def _refuse_late(application):
    now = clock.now()
    if application.state == State.RETURNED and application.correct_by:
        if clock.today() > application.correct_by:
            moment, last = f"{localtime(now):%Y-%m-%d %H:%M}", application.correct_by
            raise Refused([f"现在是北京时间 {moment}，补正已于 {last} 截止，不能提交。内容已保留。"])
    elif not application.edition.takes_applications(now):
        raise Refused([_closed(application.edition)])


def _next_number(edition_pk):
    """The next application number, gap-free under the edition's row lock."""
    edition = Edition.objects.select_for_update(of=("self",)).select_related("programme").get(pk=edition_pk)
    edition.last_application += 1
    edition.save(update_fields=["last_application"])
    return f"{edition.code}-{edition.last_application:03d}"


def withdraw(application, *, by, reason=""):
    """Take a submitted dossier back, until the close of the call."""
    with APPLICATION.move(application, "withdraw", by=by, note=reason) as locked:
        if not locked.edition.takes_applications(clock.now()):
            raise Refused([Problem("closed", "申报已截止，不能撤回。没有改动任何内容。")])
    return locked


def reopen(application, *, by):
    """Go on with a withdrawn dossier; it keeps its number."""
    with APPLICATION.move(application, "reopen", by=by) as locked:
        if not locked.edition.takes_applications(clock.now()):
            raise Refused([_closed(locked.edition)])
    return locked


def return_for_correction(application, *, by, reason):
    """Send a dossier back with the points to correct and a last day in working days."""
    with APPLICATION.move(application, "return_for_correction", by=by, note=reason) as locked:
        days = locked.edition.settled["correction_days"]
        try:
            locked.correct_by = last_day(clock.today(), days, calendar(), first_day_counted=False)
        except BeyondCalendar as beyond:
            raise Refused([f"{beyond}没有退回。"]) from None
        _decide(locked, Screening.Outcome.RETURNED, by, reason)
        until = f"（请于 {locked.correct_by} 前提交，逾期视为放弃）"
        tell_members(locked, "application_returned", matter=_matter(locked), reason=reason + until)
    return locked


def accept(application, *, by):
    """Accept a dossier for review."""
    with APPLICATION.move(application, "accept", by=by) as locked:
        _decide(locked, Screening.Outcome.ACCEPTED, by)
        tell_members(locked, "application_accepted", matter=locked.pk)
    return locked


def refuse(application, *, by, reason, basis):
    """Refuse a dossier, with the reason and the clause. A returned one only after its correction day."""
    with APPLICATION.move(application, "refuse", by=by, note=reason) as locked:
        if locked.state == State.RETURNED and clock.today() <= locked.correct_by:
            raise Refused([f"补正期限到 {locked.correct_by}，期限内不能作出不予受理决定。"])
        _decide(locked, Screening.Outcome.REFUSED, by, reason, basis)
        tell_members(locked, "application_refused", matter=locked.pk, reason=reason)
    return locked


def _decide(application, outcome, by, reason="", basis=""):
    if outcome != Screening.Outcome.ACCEPTED and not reason.strip():
        raise Refused([Problem("reason", "请写明理由，会原文告知申报单位。没有改动任何内容。", "reason")])
    Screening.objects.create(
        application=application, outcome=outcome, reason=reason, basis=basis, decided_at=clock.now(), decided_by=by
    )


def _matter(application):
    return f"{application.pk}-{application.screenings.count()}"


def tell_members(application, kind, *, matter, **values):
    """One inbox message to every member of the applying organisation."""
    people = [m.user for m in application.organisation.memberships.filter(ended_at=None).select_related("user")]
    link = application.get_absolute_url()
    notify(people, kind, matter=matter, link=link, number=application.number, **values)


@transaction.atomic
def log_reading(application, *, by, what):
    """A sensitive read is an act too: who opened which paper of which dossier."""
    audit.record(by=by, verb="read_dossier", target=application, note=what)
