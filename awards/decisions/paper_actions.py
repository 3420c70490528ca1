"""Acts about the account of a ranking on paper: asked for, drawn by a worker, read."""

from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction

from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock, printing
from foshan_quality.lib.jobs import wake
from foshan_quality.permissions import Permission

from . import account, listing
from .later_queries import later_of
from .models import Ranking, RankingPaper

DRAW = "awards.decisions.tasks.draw_ranking_paper"
PLACES_A_PART = 100  # of a whole ranking, drawn at once: the memory of a worker does not grow with the edition


@transaction.atomic
def request_paper(ranking, *, by, application=None):
    """Have one place (the application's id) or all of them drawn. Asked for again it is the same paper; one that
    could not be drawn is tried anew. Refused for a ranking without its marks."""
    permit(by, Permission.RANKING_VIEW, ranking)
    locked = Ranking.objects.select_for_update(of=("self",)).get(pk=ranking.pk)
    if locked.rule_version == "1":
        raise Refused(["这次排名没有存下各项评分，不能生成名次说明。请按现行规则重新计算。"])
    paper = locked.papers.select_for_update().filter(application=application).first()
    if paper is None:
        paper = RankingPaper.objects.create(ranking=locked, application_id=application, requested_by=by)
        audit.record(by=by, verb="request_ranking_paper", target=locked, details={"application": application})
        wake(DRAW, paper.pk)
    elif paper.state == RankingPaper.State.PARKED:
        retry(paper, by=by)
    return paper


def draw(paper, *, by):
    """Draw a queued paper from the ranking's own row. One drawn meanwhile raises WrongState."""
    pdf = _whole(paper) if paper.application_id is None else _one(paper)
    with RankingPaper.workflow.move(paper, "draw_ranking", by=by) as locked:
        locked.pdf.save("account.pdf", ContentFile(pdf), save=False)
        locked.drawn_at, locked.problem = clock.now(), ""
    return locked


def _one(paper):
    """One place in full, without the experts' names."""
    ranking = paper.ranking
    [row] = [row for row in ranking.rows if row["application"] == paper.application_id]
    later = later_of(ranking, [row])[row["application"]]
    place = account.explained(row, ranking.rows, ranking.scheme, later)
    return printing.page("awards/decisions/print_account.html", place=place, **_rules(ranking))


def _whole(paper):
    """All places in a few lines each, without the experts' names; how far it is stands in the row meanwhile.

    Drawn in one part it has tags for readers of screens; several parts cannot be joined with theirs.
    """
    ranking, drawn = paper.ranking, []
    is_whole = len(ranking.rows) <= PLACES_A_PART
    for part in listing.parts(ranking.rows, ranking.scheme, PLACES_A_PART, partial(later_of, ranking)):
        context = {"part": part, "count": len(ranking.rows), **_rules(ranking)}
        drawn.append(printing.page("awards/decisions/print_places.html", is_tagged=is_whole, **context))
        RankingPaper.objects.filter(pk=paper.pk).update(places_drawn=part.last)
    return drawn[0] if is_whole else printing.joined(drawn)


def _rules(ranking):
    scheme = ranking.scheme
    return {"ranking": ranking, "tie_words": account.TIE_WORDS[scheme["tie_rule"]], "basis": account.basis_said(scheme)}


def park(paper, *, by, problem):
    """Put a paper that cannot be drawn aside, with the reason."""
    with RankingPaper.workflow.move(paper, "park_ranking", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


def retry(paper, *, by):
    """Queue a parked paper again."""
    with RankingPaper.workflow.move(paper, "retry_ranking", by=by) as locked:
        locked.attempts, locked.places_drawn, locked.problem = 0, 0, ""
        wake(DRAW, locked.pk)
    return locked


@transaction.atomic
def log_download(paper, *, by):
    """Who took the paper in hand, and of which place."""
    what = paper.application.number if paper.application_id else "全部名次"
    audit.record(by=by, verb="download_ranking", target=paper.ranking, note=what)
