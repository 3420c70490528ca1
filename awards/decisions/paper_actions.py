"""Acts about the account of a ranking on paper: asked for, drawn by a worker, read."""

from django.core.files.base import ContentFile
from django.db import transaction

from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock, printing
from foshan_quality.lib.jobs import wake
from foshan_quality.permissions import Permission

from . import account
from .models import Ranking, RankingPaper

DRAW = "awards.decisions.tasks.draw_ranking_paper"
MOST_PLACES = 80  # on one paper: a page a place, so that a busy worker is done within its two minutes


@transaction.atomic
def request_paper(ranking, *, by, application=None):
    """Have one place (the application's id) or all of them drawn. Asked for again it is the same paper; one that
    could not be drawn is tried anew. Refused for a ranking without its marks and for too many places at once."""
    permit(by, Permission.RANKING_VIEW, ranking)
    locked = Ranking.objects.select_for_update(of=("self",)).get(pk=ranking.pk)
    if locked.rule_version == "1":
        raise Refused(["这次排名没有存下各项评分，不能生成名次说明。请按现行规则重新计算。"])
    if application is None and len(locked.rows) > MOST_PLACES:
        raise Refused([f"共 {len(locked.rows)} 家，超过一份文件的 {MOST_PLACES} 家，请逐家生成。没有生成。"])
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
    pdf = printing.page("awards/decisions/print_account.html", **paper_context(paper))
    with RankingPaper.workflow.move(paper, "draw_ranking", by=by) as locked:
        locked.pdf.save("account.pdf", ContentFile(pdf), save=False)
        locked.drawn_at, locked.problem = clock.now(), ""
    return locked


def paper_context(paper):
    """What is printed: the places in full, without the experts' names."""
    ranking = paper.ranking
    chosen = [row for row in ranking.rows if paper.application_id in {None, row["application"]}]
    return {
        "ranking": ranking,
        "places": [account.explained(row, ranking.rows, ranking.scheme) for row in chosen],
        "is_whole": paper.application_id is None,
        "tie_words": account.TIE_WORDS[ranking.scheme["tie_rule"]],
    }


def park(paper, *, by, problem):
    """Put a paper that cannot be drawn aside, with the reason."""
    with RankingPaper.workflow.move(paper, "park_ranking", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


def retry(paper, *, by):
    """Queue a parked paper again."""
    with RankingPaper.workflow.move(paper, "retry_ranking", by=by) as locked:
        locked.attempts, locked.problem = 0, ""
        wake(DRAW, locked.pk)
    return locked


@transaction.atomic
def log_download(paper, *, by):
    """Who took the paper in hand."""
    audit.record(by=by, verb="download_ranking", target=paper.ranking, details={"application": paper.application_id})
