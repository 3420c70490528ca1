from django.db import transaction

from awards.consensus.queries import outdated
from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.reviews.sheet_queries import freeze_of
from awards.rubric.queries import items_of
from awards.rubric.scoring import sheet_total
from awards.standing.actions import refuse_unless_clear
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.people.models import RoleGrant
from foshan_quality.lib import clock
from foshan_quality.lib.memory import collector_at_rest
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission, Role

from . import account, voting
from .inputs import panels_of, phase_parts
from .models import Attendance, Ballot, Meeting, Ranking, Recusal
from .queries import newest_ranking, recomputed
from .ranking import shortlist_places


@collector_at_rest()
@transaction.atomic
def make_ranking(edition, *, by):
    """Compute and keep the ranking of the review. Refused while a sitting expert's sheet or a phase that all take part
    in is missing, and where a stored total is not what its marks come to, naming the cases."""
    locked = _lock_review(edition, by)
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
    locked = _lock_review(edition, by)
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


def _lock_review(edition, by):
    permit(by, Permission.RANKING_MAKE, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    _refuse_unless_in_review(locked)
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


def _refuse_unless_in_review(edition):
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
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=ranking.edition_id)
    _refuse_unless_in_review(edition)
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
    audit.record(by=by, verb="read_ranking", target=ranking, details={"what": what})


@transaction.atomic
def call_meeting(edition, *, by, title, held_on, members):
    """Call a sitting of the committee with the members who attend. Refused without a shortlist.

    `members` are the attending accounts; every one must hold the committee role.
    """
    permit(by, Permission.MEETING_RUN, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    _refuse_unless_in_review(locked)
    if not locked.applications.filter(state=State.SHORTLISTED).exists():
        raise Refused(["还没有入围的申报，不能召开评委会。"])
    if locked.meetings.exclude(state=Meeting.State.COUNTED).exists():
        raise Refused(["已有一次会议尚未计票，请先结束该会议。"])
    strangers = [m for m in members if Role.COMMITTEE not in m.roles]
    if strangers:
        raise Refused([Problem("not_member", f"{m}不是评委会成员。没有保存。", "members") for m in strangers])
    meeting = Meeting.objects.create(
        edition=locked, title=title, held_on=held_on, members=_committee_size(), called_by=by
    )
    Attendance.objects.bulk_create(Attendance(meeting=meeting, member=m) for m in members)
    audit.record(by=by, verb="call_meeting", target=meeting, details={"attending": len(members)})
    return meeting


def _committee_size():
    return RoleGrant.objects.filter(role=Role.COMMITTEE, ended_at=None, user__is_active=True).count()


@transaction.atomic
def record_recusal(meeting, *, by, member, application, reason):
    """A member leaves the vote on one application; before the vote opens."""
    permit(by, Permission.MEETING_RUN, meeting)
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state != Meeting.State.CALLED:
        raise WrongState("投票已经开始，不能再登记回避。没有改动任何内容。")
    attendance = locked.attendances.filter(member=member).first()
    if attendance is None:
        raise Refused([f"{member}没有出席本次会议。"])
    recusal, _created = Recusal.objects.get_or_create(
        attendance=attendance, application=application, defaults={"reason": reason}
    )
    audit.record(by=by, verb="record_recusal", target=locked, note=reason, details={"member": member.pk})
    return recusal


def open_vote(meeting, *, by):
    """Open the ballot. Refused below the quorum, while a credit record stands in a candidate's way, and when a
    ranking computed again is not what is stored."""
    with Meeting.workflow.move(meeting, "open_vote", by=by) as locked:
        attending, rules = locked.attendances.count(), locked.edition.settled
        if not voting.quorum_reached(attending, locked.members, rules["quorum"]):
            text = f"全体评委 {locked.members} 人，出席 {attending} 人，未达到 {rules['quorum']} 的法定人数，不能投票。"
            raise Refused([Problem("quorum", text)])
        refuse_unless_recomputed(*(newest_ranking(locked.edition, kind) for kind in Ranking.Kind))
        candidates = locked.edition.applications.filter(state=State.SHORTLISTED)
        refuse_unless_clear(candidates.select_related("organisation").order_by("number"))
    return locked


@transaction.atomic
def cast_ballot(meeting, *, by, approved):
    """Cast one member's secret ballot: the ids approved. Returns the receipt, shown once.

    Refused for whoever does not attend, has voted, is recused on an approved application, or names
    more than the quota. The trail says that the member voted; the ballot says nothing of the member.
    """
    permit(by, Permission.BALLOT_CAST, meeting)
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state != Meeting.State.VOTING:
        raise WrongState(f"会议现为“{locked.get_state_display()}”，不能投票。选票没有投出。")
    attendance = locked.attendances.get(member=by)
    approved = sorted(set(approved))
    _refuse_bad_ballot(locked, attendance, approved)
    if not locked.attendances.filter(pk=attendance.pk, has_voted=False).update(has_voted=True):
        raise WrongState("您已经投过票，每人只投一次。原选票不变。")
    ballot = Ballot.objects.create(meeting=locked, approved=approved)
    audit.record(by=by, verb="cast_ballot", target=locked)
    return ballot.receipt


def _refuse_bad_ballot(meeting, attendance, approved):
    candidates = set(meeting.edition.applications.filter(state=State.SHORTLISTED).values_list("pk", flat=True))
    recused = set(attendance.recusals.values_list("application_id", flat=True))
    quota = meeting.edition.settled["quota"] - meeting.edition.applications.filter(state=State.PROPOSED).count()
    problems = []
    if set(approved) - candidates:
        problems.append("选票中有不在候选名单上的申报。选票没有投出。")
    if set(approved) & recused:
        problems.append("选票中有您应当回避的申报。选票没有投出。")
    if len(approved) > quota:
        problems.append(f"最多同意 {quota} 家，您选了 {len(approved)} 家。选票没有投出。")
    if problems:
        raise Refused(problems)


def count_votes(meeting, *, by):
    """Close the ballot, count, and move every shortlisted application on. At most the quota is proposed."""
    with Meeting.workflow.move(meeting, "count", by=by) as locked:
        waiting = locked.attendances.filter(has_voted=False).count()
        if waiting:
            raise Refused([f"还有 {waiting} 名出席评委没有投票，不能计票。"])
        rules = locked.edition.settled
        applications = list(
            locked.edition.applications.filter(state=State.SHORTLISTED)
            .select_related("organisation")
            .select_for_update(of=("self",))
            .order_by("number")
        )
        places = rules["quota"] - locked.edition.applications.filter(state=State.PROPOSED).count()
        outcomes = voting.count(
            [a.pk for a in applications],
            list(locked.ballots.values_list("approved", flat=True)),
            attending=locked.attendances.count(),
            recused=_recusals(locked),
            share=rules["votes_needed"],
            quota=places,
        )
        locked.result = _result(locked, rules, applications, outcomes)
        for application, outcome in zip(applications, outcomes, strict=True):
            if outcome.is_cut and _is_tied_on_line(outcomes, places):
                continue  # stays shortlisted for another round
            with APPLICATION.move(application, "propose" if outcome.proposed else "leave_out", by=by):
                pass
    return locked


def _recusals(meeting):
    counts = {}
    for pk in Recusal.objects.filter(attendance__meeting=meeting).values_list("application_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return counts


def _is_tied_on_line(outcomes, quota):
    return sum(o.proposed for o in outcomes) < quota


def _result(meeting, rules, applications, outcomes):
    rows = [
        {
            "application": a.pk,
            "number": a.number,
            "organisation": a.organisation.name,
            "yes": o.yes,
            "base": o.base,
            "needed": o.needed,
            "passed": o.passed,
            "proposed": o.proposed,
        }
        for a, o in zip(applications, outcomes, strict=True)
    ]
    return {
        "members": meeting.members,
        "attending": meeting.attendances.count(),
        "quorum": str(rules["quorum"]),
        "votes_needed": str(rules["votes_needed"]),
        "quota": rules["quota"],
        "rows": rows,
    }
