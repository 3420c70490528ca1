from django.conf import settings
from django.db import transaction

from awards.letters.numbering import next_number
from awards.publicity.actions import still_open
from awards.publicity.models import TextTemplate
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store_pdf
from enterprises.files.checks import refused_at
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import queries
from .models import Paper


@transaction.atomic
def draft_paper(edition, *, by, kind):
    """Write an official paper from the programme's template with the edition's data; to be worked on by hand.

    A request is refused while the notice is not settled.
    """
    permit(by, Permission.PAPER_WRITE, edition)
    _refuse_unless_settled(edition, kind)
    text = queries.paper_text(edition, kind)
    paper = Paper.objects.create(
        edition=edition,
        kind=kind,
        title=text["title"],
        to=text["to"],
        body=text["body"],
        drawn_from=text,
        drafted_by=by,
        drafted_at=clock.now(),
    )
    audit.record(by=by, verb="draft_paper", target=paper)
    return paper


def _refuse_unless_settled(edition, kind):
    if kind == TextTemplate.Kind.REQUEST and (problems := still_open(edition)):
        raise Refused([Problem(p.code, f"{p.text}没有保存。") for p in problems])


def edit(paper, *, by, title, to, body):
    """Change the words of a draft. Whoever changes them is its author from now on."""
    before = f"{paper.title}\n{paper.to}\n{paper.body}"
    with Paper.workflow.move(paper, "edit_paper", by=by, details={"before": before}) as locked:
        locked.title, locked.to, locked.body, locked.drafted_by = title.strip(), to.strip(), body.strip(), by
    return locked


def issue(paper, *, by):
    """A second person passes the paper; it gets the next number of its year, without gaps.

    A commendation is numbered by the city government. A request is refused while the notice is not settled.
    """
    with Paper.workflow.move(paper, "issue_paper", by=by) as locked:
        if locked.drafted_by_id == by.pk:
            raise Refused([Problem("two_people", "拟稿人不能自己核发，请由另一名工作人员核对后核发。没有编号。")])
        _refuse_unless_settled(locked.edition, locked.kind)
        if locked.kind != TextTemplate.Kind.COMMENDATION:
            rehearsed = "（演练）" if locked.edition.is_rehearsal else ""
            locked.code, locked.year = f"{rehearsed}{settings.AGENCY_CODE}", clock.today().year
            locked.sequence = next_number(locked.code, locked.year)
            locked.number = f"{locked.code}〔{locked.year}〕{locked.sequence}号"
        locked.issued_by, locked.issued_at = by, clock.now()
    return locked


def seal(paper, *, by, upload):
    """Keep the scan of the sealed original; from now on the paper is no sample any more, the scan is the paper."""
    with refused_at("upload"):
        stored = store_pdf(upload, by=by)
    with Paper.workflow.move(paper, "seal_paper", by=by, details={"sha256": stored.digest}) as locked:
        locked.scan, locked.sealed_at = stored, clock.now()
    return locked


def drop(paper, *, by, reason):
    """Drop a draft that was never numbered."""
    with Paper.workflow.move(paper, "drop_paper", by=by, note=reason) as locked:
        pass
    return locked


@transaction.atomic
def log_download(paper, *, by, what):
    """Who took the paper, in the trail."""
    permit(by, Permission.PAPER_WRITE, paper)
    audit.record(by=by, verb="download_paper", target=paper, note=what)
