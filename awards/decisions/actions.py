from django.db import transaction

from awards.consensus.queries import outdated
from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.reviews.sheet_queries import freeze_of
from awards.rubric.queries import items_of
from awards.rubric.scoring import sheet_total
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.memory import collector_at_rest
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import account
from .inputs import panels_of, phase_parts
from .models import Ranking
from .queries import newest_ranking, recomputed
from .ranking import shortlist_places


@collector_at_rest()
@transaction.atomic
def make_ranking(edition, *, by):
    """Compute and keep the ranking of the review. Refused while a sitting expert's sheet or a phase that all take part
    in is missing, and where a stored total is not what its marks come to, naming the cases."""
    locked = _lock_for(edition, by)
    rules = locked.settled
    panels = panels_of(locked, locked.applications.in_review())
    _refuse_unfinished(panels, rules["experts_per_application"])
    _refuse_wrong_totals(panels, locked.rubric)
    places = shortlist_places(rules["quota"], rules["shortlist_per_place"])
    return _keep(locked, by, Ranking.Kind.REVIEW, _inputs(panels, _parts(locked, panels, is_final=False)), places)


@collector_at_rest()
@transaction.atomic
def make_overall_ranking(edition, *, by):
    """Compute and keep the overall evaluation of the shortlisted. Refused while a phase of a case is missing."""
    locked = _lock_for(edition, by)
    panels = panels_of(locked, locked.applications.filter(state=State.SHORTLISTED))
    if not panels:
        raise Refused(["没有入围的申报，不能综合评价。"])
    parts = _parts(locked, panels, is_final=True)
    if not parts:
        raise Refused(["本届除资料评审外没有其他评审环节的得分，不需要综合评价，以资料评审排名为准。"])
    _refuse_wrong_totals(panels, locked.rubric)
    return _keep(locked, by, Ranking.Kind.OVERALL, _inputs(panels, parts), locked.settled["quota"])


def _parts(edition, panels, *, is_final):
    """What the phases give each case; refused while one is missing, naming all."""
    totals = {panel.application: tuple(sheet.total for sheet in panel.sheets) for panel in panels}
    parts = phase_parts(edition, totals, is_final=is_final)
    missing = [(p, part) for p in panels for part in parts.get(p.application, ()) if not part.totals]
    stale = outdated(totals) if parts else set()
    texts = [(f"{p.number} 还没有{part.label}的得分，不能计算。", p) for p, part in missing]
    texts += [(f"{p.number} 合议之后评审组有变动，须先退回合议。", p) for p in panels if p.application in stale]
    if texts:
        raise Refused([Problem("parts", text, str(panel.application)) for text, panel in texts])
    return parts


def _lock_for(edition, by):
    permit(by, Permission.RANKING_MAKE, edition)
    return lock_review(edition)


def lock_review(edition):
    """The edition locked; refused unless it is in review and its scoring is not frozen."""
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    refuse_unless_in_review(locked)
    return locked


def _inputs(panels, parts):
    cases = [
        account.as_inputs((p.application, p.number, p.organisation), [(s.pk, s.marks) for s in p.sheets])
        for p in panels
    ]
    return [account.with_parts(case, parts[case["application"]]) for case in cases] if parts else cases


def _keep(edition, by, kind, inputs, places):
    scheme = account.scheme(edition.settled, _basis(edition), items_of(edition.rubric), edition.rubric.total, places)
    ranking = Ranking.objects.create(
        edition=edition,
        made_at=clock.now(),
        made_by=by,
        places=places,
        kind=kind,
        rule_version=scheme["version"],
        scheme=scheme,
        digest=account.digest(inputs, scheme),
        rows=account.rows(inputs, scheme),
    )
    told = {"cases": len(inputs), "places": places, "kind": kind, "sha256": ranking.digest}
    audit.record(by=by, verb="make_ranking", target=ranking, details=told)
    return ranking


RULES = ("trim_from", "tie_rule", "score_threshold", "quota", "shortlist_per_place")


def _basis(edition):
    """The rules a ranking goes by, each with what it rests on, as they are printed with it."""
    return [
        {
            "label": rule.get_key_display(),
            "value": rule.value,
            "document": rule.document,
            "article": rule.article,
            "is_confirmed": rule.is_confirmed,
        }
        for rule in edition.rules.filter(key__in=RULES)
    ]


def refuse_unless_in_review(edition):
    """Refuse what belongs to the review once it is over, and while its scoring is frozen."""
    if edition.state != Edition.State.REVIEW:
        raise WrongState(f"{edition}现为“{edition.get_state_display()}”，不能办理此事。没有改动任何内容。")
    if freeze_of(edition):
        raise WrongState("本届评分已冻结，解除之前不能排名或确定入围。没有改动任何内容。")


def _refuse_unfinished(panels, needed):
    if not panels:
        raise Refused(["没有处于评审中的申报，不能排名。"])
    problems = []
    for panel in panels:
        if len(panel.sheets) < max(panel.seats, needed):
            due = max(panel.seats, needed)
            text = f"{panel.number} 已评 {len(panel.sheets)}／应评 {due}，评分未齐，不能排名。"
            problems.append(Problem("unfinished", text, str(panel.application)))
    if problems:
        raise Refused(problems)


def _refuse_wrong_totals(panels, rubric):
    points, problems = [item.points for item in items_of(rubric)], []
    for panel in panels:
        for sheet in panel.sheets:
            found = sheet.marks and sheet_total(points, sheet.marks)
            if found != sheet.total:
                text = (
                    f"{panel.number} 有评分表存档总分 {sheet.total}，按各项评分重算为 {found or '不完整'}，不能排名。"
                )
                problems.append(Problem("wrong_total", text, str(panel.application)))
    if problems:
        raise Refused(problems)


@transaction.atomic
def shortlist(ranking, *, by, note=""):
    """Turn the newest ranking into the shortlist: who is above the line goes on, the others do not.

    Refused for an outdated ranking, while a sheet is missing, and when a recomputation from the marks differs from
    what is stored.
    """
    permit(by, Permission.RANKING_MAKE, ranking.edition)
    edition = lock_review(ranking.edition)
    if newest_ranking(edition).pk != ranking.pk:
        raise Refused(["这不是最新的排名，请用最新排名确定入围。没有改动任何内容。"])
    applications = list(edition.applications.in_review().select_for_update(of=("self",)))
    panels = panels_of(edition, edition.applications.in_review())
    _refuse_unfinished(panels, edition.settled["experts_per_application"])
    _refuse_wrong_totals(panels, edition.rubric)
    now = {panel.application: sorted(str(sheet.total) for sheet in panel.sheets) for panel in panels}
    if now != {row["application"]: sorted(row["totals"]) for row in ranking.rows}:
        raise Refused(["评分在排名之后有变化，重新计算的结果与存档不一致。请重新排名。没有改动任何内容。"])
    refuse_unless_recomputed(ranking)
    above = {row["application"]: row["above_line"] for row in ranking.rows}
    for application in applications:
        step = "shortlist" if above[application.pk] else "pass_over"
        with APPLICATION.move(application, step, by=by, note=note):
            pass
    return ranking


def refuse_unless_recomputed(*rankings):
    """Refuse to go on with a result whose ranking, computed again from the marks, is not what is stored."""
    problems = [problem for ranking in rankings if ranking for problem in recomputed(ranking)]
    if problems:
        end = Problem("blocked", "重新计算的结果与存档不一致，不能继续。没有改动任何内容，请联系系统管理员核对。")
        raise Refused([*problems, end])


@transaction.atomic
def log_ranking_reading(ranking, *, by, what):
    """Opening the marks behind a place is an act too."""
    audit.record(by=by, verb="read_ranking", target=ranking, note=what)
