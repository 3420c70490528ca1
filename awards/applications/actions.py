from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime

from awards.process import APPLICATION, State
from awards.programmes.queries import catalogue_of
from awards.rubric.queries import items_of
from awards.standing.bar_actions import refuse_barred
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import queue_pages, store
from enterprises.files.checks import refused_at, shown_name
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.ready import Ready, add, ask, merge
from foshan_quality.permissions import Permission

from . import dossier, history
from .markup import stored_name
from .models import Answer, AnswerVersion, Application, Document, Indicator, Snapshot
from .points import ReopenedPictures
from .queries import (
    dossier_of,
    earlier_answers,
    is_overdue,
    open_points,
    pictures_open,
    places_of,
    to_submit,
    to_write,
    years_of,
)
from .sections import INDICATORS, PROFILE
from .shown import cells

LOCKED_ANSWERS = Ready(
    lambda application, keys: Answer.objects.select_for_update().filter(application=application, key__among=keys)
)
OF_A_LINE = Ready(
    lambda application, kind: Document.objects.filter(application=application, kind=kind, removed_at=None)
)


@transaction.atomic
def start(edition, *, by, organisation):
    """Begin an application; begun already, the same one comes back. Refused outside the call and while barred."""
    permit(by, Permission.ORGANISATION_VIEW, organisation)
    relations = {str(relation) for relation in organisation.roles_of(by)}
    if not relations & {"owner", "editor"}:
        raise PermissionDenied(Permission.APPLICATION_EDIT)
    existing = Application.objects.filter(edition=edition, organisation=organisation).first()
    if existing:
        return existing
    if not edition.takes_applications(clock.now()):
        raise Refused([_closed(edition)])
    refuse_barred(edition, organisation)
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


def _locked_for_writing(application, by, places):
    """The row, locked, while it is with the enterprise, these places are open and this person may write."""
    locked = to_write(application.pk)
    locked.edition = application.edition  # what it asks for was settled before anybody wrote
    permit(by, Permission.APPLICATION_EDIT, locked)
    _refuse_frozen(locked)
    _refuse_shut(locked, places)
    return locked


def _refuse_frozen(application):
    if not application.is_with_the_enterprise:
        raise WrongState("申报已经提交，内容已冻结。刚才的修改没有保存。")


def _refuse_shut(application, places):
    """In a returned dossier only the places its points name are open, and only until its last day."""
    if is_overdue(application):
        last = application.correct_by
        text = f"补正已于 {last} 截止，逾期未补正的，视为放弃申报。内容已保留，只能查看，刚才的修改没有保存。"
        raise Refused([Problem("overdue", text)])
    reopened = open_points(application)
    if reopened is not None and not set(places) <= reopened.keys():
        known = places_of(application)
        shut = "、".join(f"“{known[key].label}”" for key in places if key in known and key not in reopened)
        text = f"{shut or '这一栏'}不在补正范围内，只能查看。刚才的修改没有保存。需要补正的内容列在申报首页。"
        raise Refused([Problem("shut", text)])


def _locked_for_paper(application, by, kind, name):
    """The row, locked, while a file of this name may be put into or taken off this line by this person."""
    locked = _locked_for_writing(application, by, [])
    _refuse_shut_paper(locked, kind, name)
    return locked


def _refuse_shut_paper(application, kind, name):
    """As for every place; but what a reopened item shows may be mended though the line of its pictures is shut.

    Returns the kinds of file that are taken then, or None for all of the line.
    """
    pictures = pictures_open(application)
    if pictures is None or pictures.line.key != kind:
        _refuse_shut(application, [kind])
        return None
    _refuse_shut(application, [])
    if name not in pictures.names:
        text = (
            f"“{name}”不在补正范围内。补正期间，“{pictures.line.label}”只收、只换需补正的条目（{'、'.join(pictures.items)}）"
            "里写明的图片：请先在该条写上一行“[图：文件名.png]”并保存，再上传同名的图片。没有改动任何内容。"
        )
        raise Refused([Problem("shut", text, kind)])
    return tuple(key for key in pictures.line.accepted if key in ReopenedPictures.KINDS)


@transaction.atomic
def save_answers(application, *, by, texts, versions=None, is_autosave=False):
    """Save the texts carried, and no others. Returns the new versions by key.

    `versions` holds the version each text was based on; a text changed by somebody else in the
    meantime is refused (code `conflict`), and then nothing of this save is kept. What is replaced is
    kept as a former version; of autosaves, and in the trail too, one for each sitting.
    """
    locked = _locked_for_writing(application, by, texts)
    _refuse_unknown(locked, texts)
    rows = _locked_answers(locked, texts)
    _refuse_stale(rows, texts, versions or {})
    changed = {key: text for key, text in texts.items() if key not in rows or rows[key].text != text}
    noted = _begun(locked, rows, changed, by) if is_autosave else list(changed)
    _keep(locked, [rows[key] for key in noted if key in rows])
    rows |= _write(locked, rows, changed, by)
    if noted:
        audit.record(by=by, verb="save_answers", target=locked, details={"keys": noted})
    return {key: row.version for key, row in rows.items()}


def _locked_answers(application, keys):
    return {row.key: row for row in LOCKED_ANSWERS.all(application.pk, list(keys))}


def _refuse_stale(rows, texts, versions):
    """A save that arrives twice is none: the text is there already."""
    stale = [k for k, seen in versions.items() if k in rows and rows[k].version != seen and rows[k].text != texts[k]]
    if stale:
        text = "这一栏刚被修改过，您的内容没有保存，仍在页面上。请对照后再保存。"
        raise Refused([Problem("conflict", text, key) for key in stale])


def _begun(application, rows, changed, by):
    """The texts with which an autosave begins a sitting, or from which it takes much away."""
    now, newest = clock.now(), Max("kept_at")
    former = application.answer_versions.filter(key__in=changed, is_set_aside=False).order_by()
    kept = dict(former.values_list("key").annotate(newest))
    return [
        key
        for key, text in changed.items()
        if key not in rows
        or history.worth_keeping(
            rows[key].text,
            text,
            is_own=rows[key].updated_by_id == by.pk,
            written_at=rows[key].updated_at,
            kept_at=kept.get(key),
            now=now,
        )
    ]


def _keep(application, replaced):
    AnswerVersion.objects.bulk_create(
        AnswerVersion(
            application=application,
            key=row.key,
            text=row.text,
            written_at=row.updated_at,
            written_by_id=row.updated_by_id,
            kept_at=clock.now(),
        )
        for row in replaced
        if row.text.strip()
    )


def _write(application, rows, texts, by, carried_from=None):
    """Put these texts in the place of the `rows`, each one version on."""
    written = {
        key: Answer(
            application=application,
            key=key,
            text=text,
            version=rows[key].version + 1 if key in rows else 1,
            updated_at=clock.now(),
            updated_by=by,
            carried_from=carried_from,
        )
        for key, text in texts.items()
    }
    over = ("text", "version", "updated_at", "updated_by", "carried_from")
    merge(list(written.values()), key=("application", "key"), over=over)
    return written


def _rewrite(application, key, text, by, **facts):
    """Put a text in the place of the present one, which is kept. Says whether anything changed."""
    rows = _locked_answers(application, [key])
    if key in rows and rows[key].text == text:
        return False
    _keep(application, rows.values())
    _write(application, rows, {key: text}, by, **facts)
    return True


@transaction.atomic
def restore_answer(former, *, by):
    """Make a former version the present text; the one it replaces becomes a former version."""
    locked = _locked_for_writing(former.application, by, [former.key])
    _refuse_unknown(locked, [former.key])
    if _rewrite(locked, former.key, former.text, by):
        audit.record(by=by, verb="restore_answer", target=locked, details={"key": former.key, "version": former.pk})


@transaction.atomic
def carry_answer(application, *, by, key):
    """Take over the firm's text from its last earlier application, marked as such. Refused where there is none."""
    locked = _locked_for_writing(application, by, [key])
    earlier = earlier_answers(locked, [key]).get(key)
    if earlier is None:
        raise Refused(["往届申报中没有这一栏的内容，没有带入。"])
    edition = earlier.application.edition
    if _rewrite(locked, key, earlier.text, by, carried_from=edition):
        audit.record(by=by, verb="carry_answer", target=locked, details={"key": key, "edition": edition.pk})


@transaction.atomic
def set_aside_answer(application, *, by, key, text):
    """Keep a text that its writer gave up for a colleague's: it was never the answer, but it is not lost."""
    locked = _locked_for_writing(application, by, [key])
    _refuse_unknown(locked, [key])
    now = clock.now()
    if text.strip():
        AnswerVersion.objects.create(
            application=locked, key=key, text=text, is_set_aside=True, written_at=now, written_by=by, kept_at=now
        )
        audit.record(by=by, verb="set_aside_answer", target=locked, details={"key": key})


def _refuse_unknown(application, texts):
    known = {field.key for field in PROFILE} | {item.code for item in items_of(application.edition.rubric)}
    if set(texts) - known:
        raise Refused(["表单中有系统不认识的栏目，没有保存。请刷新页面后重试。"])


@transaction.atomic
def save_indicators(application, *, by, figures, seen=None):
    """Save figures: {(key, year): (Decimal or None, reason)}. A pair with neither clears the cell.

    `seen` holds what each cell showed when it was read, by its name as in `shown.cells`; a cell that
    shows something else by now is refused (code `conflict`), and then nothing of this save is kept.
    """
    locked = _locked_for_writing(application, by, dict.fromkeys(key for key, _year in figures))
    _refuse_bad_figures(locked, figures)
    _refuse_overtaken(locked, figures, seen or {})
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
    over = ("value", "absent_because", "updated_at", "updated_by")
    merge(kept, key=("application", "key", "year"), over=over)
    audit.record(by=by, verb="save_indicators", target=locked, details={"cells": len(figures)})


def _refuse_overtaken(application, figures, seen):
    years = years_of(application.edition)
    rows = application.indicators.filter(key__in={key for key, _year in figures})
    now = cells({(row.key, row.year): (row.value, row.absent_because) for row in rows}, years)
    wanted = cells(figures, years)
    overtaken = [n for n, text in seen.items() if n in wanted and text != now.get(n, "") != wanted[n]]
    if overtaken:
        text = "这一格刚被修改过，您填的没有保存，仍在页面上。请对照后再保存。"
        raise Refused([Problem("conflict", text, name) for name in overtaken])


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
    """Check and add one file under a line of the catalogue. Refused with the reason; nothing is kept then.

    The file is checked before the row is locked: a slow file must not keep a colleague from saving. Its pages
    are drawn for reviewers by a task.
    """
    permit(by, Permission.APPLICATION_EDIT, application)
    _refuse_frozen(application)
    accepted = _refuse_shut_paper(application, kind, stored_name(shown_name(upload.name, kind=None)))
    line = _line(application, kind)
    _refuse_full(application, line)
    with refused_at(kind):
        stored = store(
            upload,
            by=by,
            accepted=accepted or line.accepted,
            max_bytes=line.max_megabytes * 1024 * 1024,
            max_pages=line.max_pages,
        )
    locked = _locked_for_paper(application, by, kind, stored.name)
    _refuse_full(locked, line)
    last = max((other.position for other in OF_A_LINE.all(locked.pk, kind)), default=0)
    document = add(Document(application=locked, kind=kind, file=stored, position=last))
    queue_pages(stored)
    audit.record(by=by, verb="add_document", target=locked, details={"kind": kind, "sha256": stored.digest})
    return document


def _line(application, kind):
    for line in catalogue_of(application.edition):
        if line.key == kind:
            return line
    raise Refused(["材料清单里没有这一项，没有保存。"])


def _refuse_full(application, line):
    if not line.takes_many and OF_A_LINE.all(application.pk, line.key):
        text = f"“{line.label}”只收一个文件，已经有了，没有保存。要更换请先移除原来的文件，移除后可以恢复。"
        raise Refused([Problem("full", text, line.key)])


@transaction.atomic
def remove_document(document, *, by):
    """Take a file off the list; the row and the file stay for the record, and it can be put back."""
    locked = _locked_for_paper(document.application, by, document.kind, document.file.name)
    row = locked.documents.select_for_update(of=("self",)).get(pk=document.pk)
    if row.removed_at is None:
        row.removed_at, row.removed_by = clock.now(), by
        row.save(update_fields=["removed_at", "removed_by"])
        audit.record(by=by, verb="remove_document", target=locked, details={"sha256": row.file.digest})


@transaction.atomic
def restore_document(document, *, by):
    """Put a removed file back in its place. Refused where the line takes one file and has one."""
    locked = _locked_for_paper(document.application, by, document.kind, document.file.name)
    row = locked.documents.select_for_update(of=("self",)).get(pk=document.pk)
    if row.removed_at is not None:
        _refuse_full(locked, _line(locked, row.kind))
        row.removed_at, row.removed_by = None, None
        row.save(update_fields=["removed_at", "removed_by"])
        audit.record(by=by, verb="restore_document", target=locked, details={"sha256": row.file.digest})


@transaction.atomic
def move_document(document, *, by, up):
    """Move a file one place up or down within its line; at the end of the line nothing happens."""
    locked = _locked_for_writing(document.application, by, [document.kind])
    line = list(locked.documents.select_for_update(of=("self",)).filter(kind=document.kind, removed_at=None))
    place = next((n for n, row in enumerate(line) if row.pk == document.pk), None)
    other = None if place is None else place + (-1 if up else 1)
    if other is None or not 0 <= other < len(line):
        return
    line[place], line[other] = line[other], line[place]
    for position, row in enumerate(line, 1):
        row.position = position
    Document.objects.bulk_update(line, ["position"])
    details = {"sha256": line[other].file.digest, "place": other + 1}
    audit.record(by=by, verb="move_document", target=locked, details=details)


def submit(application, *, by):
    """Hand the dossier in: number, server time, frozen snapshot. Refused with every reason at once.

    In time means: within the call's window, or for a returned dossier until its correction day.
    """
    with APPLICATION.move(application, "submit", by=by, read=to_submit) as locked:
        moment = clock.now()
        _refuse_late(locked, moment)
        content = dossier_of(locked)
        if content.has_bars:
            refuse_barred(locked.edition, locked.organisation)
        blockers = [p for p in dossier.problems(content, clock.today()) if p.blocks]
        if blockers:
            raise Refused(blockers)
        text, digest = dossier.frozen(content)
        version = content.versions + 1
        add(Snapshot(application=locked, version=version, content=text, digest=digest, taken_at=moment, taken_by=by))
        people = [membership.user for membership in locked.organisation.members()]
        # From here on everybody else who hands in waits: as little as can be.
        place = _take_place(locked)
        _refuse_late(locked, moment)  # the close may have been moved; while the edition is locked it cannot be
        locked.number = locked.number or f"{locked.edition.code}-{place:03d}"
        locked.submitted_at, locked.submitted_by, locked.correct_by = moment, by, None
        told = {"matter": f"{locked.pk}-{version}", "link": locked.get_absolute_url(), "number": locked.number}
        notify(people, "application_submitted", **told)
    return locked


def _refuse_late(application, now):
    if application.state == State.RETURNED:
        if is_overdue(application):
            moment, last = f"{localtime(now):%Y-%m-%d %H:%M}", application.correct_by
            text = f"现在是北京时间 {moment}，补正已于 {last} 截止，不能提交。逾期未补正的，视为放弃申报。内容已保留。"
            raise Refused([text])
    elif not application.edition.takes_applications(now):
        raise Refused([_closed(application.edition)])


def _take_place(application):
    """The next place in the edition, gap-free; none is taken by a dossier that has its number.

    One statement locks the edition's row, counts and tells what the call's window is now.
    """
    edition = application.edition
    counted = ask(
        "UPDATE awards_edition SET last_application = last_application + %s WHERE id = %s "
        "RETURNING last_application, state, opens_at, closes_at",
        [0 if application.number else 1, edition.pk],
    )
    edition.last_application, edition.state, edition.opens_at, edition.closes_at = counted.fetchone()
    return edition.last_application


def withdraw(application, *, by, reason=""):
    """Take a submitted dossier back, until the close of the call."""
    with APPLICATION.move(application, "withdraw", by=by, note=reason) as locked:
        if not locked.edition.takes_applications(clock.now()):
            raise Refused([Problem("closed", "申报已截止，不能撤回。没有改动任何内容。")])
        _lapse_proposal(locked, by)
    return locked


def _lapse_proposal(application, by):
    """A screening opinion about a dossier that is taken back means nothing any more."""
    for proposal in application.screening_proposals.filter(state="open"):
        proposal.state, proposal.closed_at, proposal.closed_by = "lapsed", clock.now(), by
        proposal.save(update_fields=["state", "closed_at", "closed_by"])
        audit.record(by=by, verb="lapse_screening", target=application, details={"proposal": proposal.pk})


def reopen(application, *, by):
    """Go on with a withdrawn dossier; it keeps its number."""
    with APPLICATION.move(application, "reopen", by=by) as locked:
        if not locked.edition.takes_applications(clock.now()):
            raise Refused([_closed(locked.edition)])
    return locked


def tell_members(application, kind, *, matter, **values):
    """One inbox message to every member of the applying organisation."""
    people = [m.user for m in application.organisation.memberships.filter(ended_at=None).select_related("user")]
    link = application.get_absolute_url()
    notify(people, kind, matter=matter, link=link, number=application.number, **values)


@transaction.atomic
def log_reading(application, *, by, what):
    """A sensitive read is an act too: who opened which paper of which dossier."""
    audit.record(by=by, verb="read_dossier", target=application, note=what)
