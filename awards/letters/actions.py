import hashlib
import io
from datetime import date

import pikepdf
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import localdate

from awards.applications.actions import tell_members
from awards.applications.models import Application
from awards.programmes.models import Edition
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock, printing
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import paper_date
from foshan_quality.permissions import Permission

from . import composing, queries
from .lines import lines_of
from .models import Kind, Letter, LetterWording
from .numbering import next_number

WRITE, DRAW = "awards.letters.tasks.write_letter", "awards.letters.tasks.draw_letter"
PRINTED = ("title", "agency", "number", "to", "contact")
LARGEST_MARK, MARK_WIDTH = 36, 410  # points: the agency's name at the head, on one line of 156 mm


def call_for_letters(application):
    """Ask a worker to write what was just decided; a lost message is found by the sweep."""
    for pk in queries.unlettered(application).values_list("pk", flat=True):
        wake(WRITE, pk)


@transaction.atomic
def write(screening, *, by):
    """Write the letter about a decision, numbered without gaps; written already, the same one comes back.

    It bears the day of the decision, and its words are frozen with it: a later name changes nothing.
    """
    _permit_writing(screening.application, by)
    application = _locked(screening.application_id)
    existing = Letter.objects.filter(screening=screening, replaces=None).first()
    if existing:
        return existing
    kind, dated = queries.kind_of(screening), localdate(screening.decided_at)
    return _write(application, screening, kind, dated, by)


@transaction.atomic
def write_missing(application, *, by):
    """Write every letter the application's decisions still lack. Refused when none is missing."""
    permit(by, Permission.LETTER_ISSUE, application)
    missing = list(queries.unlettered(application).select_related("application__edition__programme__honour_kind"))
    if not missing:
        raise Refused(["审查决定都已有文书，没有需要补发的。"])
    return [write(screening, by=by) for screening in missing]


def _permit_writing(application, by):
    if not by.has_perm(Permission.LETTER_DRAW):
        permit(by, Permission.LETTER_ISSUE, application)


def _locked(application_pk):
    return Application.objects.select_for_update(of=("self",)).get(pk=application_pk)


def _write(application, screening, kind, dated, by, replaces=None, because="", **corrected):
    wording = queries.wording_of(application.edition, kind)
    code = f"（演练）{wording.code}" if application.edition.is_rehearsal else wording.code
    sequence = next_number(code, dated.year)
    number = f"{code}〔{dated.year}〕{sequence}号"
    facts = queries.facts_of(screening, kind, wording, number=number, dated=dated, replaces=replaces, **corrected)
    letter = Letter.objects.create(
        application=application,
        kind=kind,
        screening=screening,
        replaces=replaces,
        replaces_because=because,
        code=code,
        year=dated.year,
        sequence=sequence,
        number=number,
        content=composing.compose(kind, Kind(kind).label, facts),
        written_at=clock.now(),
        written_by=by,
    )
    return _queued(letter, by)


def _queued(letter, by):
    details = {"number": letter.number, "kind": letter.kind}
    if letter.replaces_id:
        audit.record(by=by, verb="correct_letter", target=letter, note=letter.replaces_because, details=details)
    else:
        audit.record(by=by, verb="write_letter", target=letter, details=details)
    wake(DRAW, letter.pk)
    return letter


@transaction.atomic
def write_recommendation(review, *, by):
    """Write a district's letter about its recommendation; written already, the same one comes back.

    It has the district's own number, or room for one. Refused where nothing is recommended.
    """
    _permit_writing(review.application, by)
    application = _locked(review.application_id)
    existing = Letter.objects.filter(district_review=review).first()
    if existing:
        return existing
    if review.state != "recommended":
        raise WrongState("这份初审没有作出推荐意见，不生成推荐函。")
    letter = Letter.objects.create(
        application=application,
        kind=Kind.RECOMMENDATION,
        district_review=review,
        year=localdate(review.decided_at).year,
        number=review.letter_number,
        content=queries.recommendation_of(review),
        written_at=clock.now(),
        written_by=by,
    )
    return _queued(letter, by)


@transaction.atomic
def correct(letter, *, by, reason, matters="", basis=""):
    """Send a corrected letter: a new number that names the old one, which stays as it is.

    Refused for a letter that was corrected before, and for a district's, which follows its review.
    """
    permit(by, Permission.LETTER_ISSUE, letter)
    application = _locked(letter.application_id)
    former = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if former.kind == Kind.RECOMMENDATION or former.state == Letter.State.QUEUED:
        raise WrongState("推荐函随区级初审更正；待生成的文书请等生成后再更正。没有改动任何内容。")
    if Letter.objects.filter(replaces=former).exists():
        raise WrongState("这份文书已经更正过，请更正最新的一份。没有改动任何内容。")
    lines = lines_of(matters)
    if former.content["matters"] and not lines:
        raise Refused([Problem("matters", "请写明更正后的内容。没有发出。", "matters")])
    return _write(
        application,
        former.screening,
        former.kind,
        clock.today(),
        by,
        replaces=former,
        because=reason,
        matters=lines,
        basis=basis,
    )


@transaction.atomic
def set_wording(*, by, edition, kind, code, source, basis="", remedy="", is_confirmed=False):
    """Settle what an edition's letters of one kind say; letters written before keep their words.

    Refused without a code, and for a refusal without a remedy.
    """
    permit(by, Permission.EDITION_PREPARE)
    Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if kind == Kind.REFUSAL and not remedy.strip():
        raise Refused([Problem("remedy", "不予受理通知书须写明救济途径。没有保存。", "remedy")])
    before = queries.wording_of(edition, kind)
    words = {"code": code.strip(), "basis": basis, "remedy": remedy, "source": source, "is_confirmed": is_confirmed}
    wording, _created = LetterWording.objects.update_or_create(
        edition=edition, kind=kind, defaults=words | {"changed_at": clock.now(), "changed_by": by}
    )
    details = words | {"before": {name: getattr(before, name) for name in words}}
    audit.record(by=by, verb="set_wording", target=wording, before=before.code, after=wording.code, details=details)
    return wording


# --- drawing ------------------------------------------------------------------------------------------


def draw(letter, *, by):
    """Draw the PDF and keep it with its digest; the applicant is told. One drawn meanwhile raises WrongState."""
    pdf = pdf_of(letter.content)
    with Letter.workflow.move(letter, "draw_letter", by=by) as locked:
        locked.pdf.save("letter.pdf", ContentFile(pdf), save=False)
        with pikepdf.open(io.BytesIO(pdf)) as paper:
            locked.pages = len(paper.pages)
        locked.digest = hashlib.sha256(pdf).hexdigest()
        locked.drawn_at, locked.problem = clock.now(), ""
        if locked.kind != Kind.RECOMMENDATION:
            words = {"letter": locked.get_kind_display()}
            tell_members(locked.application, "letter_ready", matter=f"letter-{locked.pk}", **words)
    return locked


def pdf_of(content):
    """A letter's content as PDF. Refused with `MissingGlyphs` when a character is in none of the fonts."""
    printed = [content[name] for name in PRINTED]
    printing.refuse_missing_glyphs("".join([*printed, *content["opening"], *content["matters"], *content["closing"]]))
    size = min(LARGEST_MARK, MARK_WIDTH / len(content["agency"]))
    dated = paper_date(date.fromisoformat(content["dated"]))
    return printing.page("awards/letters/letter.html", letter=content, agency_size=f"{size:.1f}", dated=dated)


def park(letter, *, by, problem):
    """Put a letter that cannot be drawn aside, with the reason, for staff to see."""
    with Letter.workflow.move(letter, "park_letter", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


def retry(letter, *, by):
    """Queue a parked letter again; its number stays."""
    with Letter.workflow.move(letter, "retry_letter", by=by) as locked:
        locked.attempts, locked.problem = 0, ""
        wake(DRAW, locked.pk)
    return locked


@transaction.atomic
def log_download(letter, *, by):
    """Who took the letter, in the trail: for the applicant this is when it was served."""
    audit.record(by=by, verb="download_letter", target=letter)
