"""The experts' season in a rehearsal: pool, invitations, promise and declaration, the proposal by machine."""

from datetime import timedelta

from awards.experts import actions as pooling
from awards.experts.queries import text_in_force
from awards.panels import actions as seating
from awards.panels.conflict_actions import following_conflicts
from awards.panels.models import PanelProposal
from awards.panels.queries import preview
from enterprises.districts import District
from foshan_quality.lib import clock

RULES = {"panel_fields": "3", "panel_districts": "2"}  # stricter than the reference, so that the proposal has work
DISTRICTS = [*District.values, ""]


def settle(settings):
    """The rules of a rehearsed edition: the reference values, the mix of panels stricter."""
    return {key: (RULES.get(key, value), *basis) for key, (value, *basis) in settings.items()}


def fill_pool(season, people):
    """Every expert enters the pool, each third with a course behind them."""
    by = season.users["secretariat"]
    for place, (user, person) in enumerate(zip(season.experts, people, strict=True)):
        expert = pooling.enrol_expert(
            user,
            by=by,
            employer=person.employer,
            title=person.title,
            fields="、".join(person.fields),
            district_code=DISTRICTS[place % len(DISTRICTS)],
        )
        if place % 3 == 0:
            held_on = clock.today() - timedelta(days=40)
            pooling.add_training(expert, by=by, course="评审员培训（演练）", held_on=held_on, hours=16, result="合格")


def invite(season):
    """All are asked, and all but the last accept."""
    experts = [user.expert for user in season.experts]
    answer_by = clock.now() + timedelta(days=10)
    pooling.invite(season.edition, by=season.users["secretariat"], experts=experts, answer_by=answer_by)
    *accepting, declining = season.edition.engagements.select_related("expert__user").order_by("pk")
    for engagement in accepting:
        pooling.accept_invitation(engagement, by=engagement.expert.user, days=15)
    pooling.decline_invitation(declining, by=declining.expert.user, reason="时间冲突。")


def bind(season):
    """Each signs the promise and declares; the second names an applicant it has advised."""
    advised = season.edition.applications.in_review().order_by("-number").first()
    version = text_in_force(season.edition).version
    engagements = season.edition.engagements.accepted().select_related("expert__user").order_by("pk")
    for place, engagement in enumerate(engagements):
        user = engagement.expert.user
        pooling.sign_pledge(engagement, by=user, version=version, signed_name=user.name)
        ties = {advised.pk: ("consulting", "两年前提供过咨询（演练）。")} if place == 1 else {}
        pooling.declare_interests(engagement, by=user, ties=ties)
    season.voice.say(f"接受聘请 {len(engagements)} 人，全部签署保密承诺并声明利害关系；声明有利害关系 1 件")


def assign(season):
    """A proposal is computed, looked at and applied; then one expert declares an interest midway and is replaced."""
    by = season.users["secretariat"]
    proposal = seating.request_proposal(season.edition, by=by, seed=season.seed)
    season._watch("评审组方案", PanelProposal.objects.filter(pk=proposal.pk, state="queued"), 1)
    proposal.refresh_from_db()
    shown = preview(proposal)
    seating.apply_proposal(proposal, by=by, seen=proposal.digest)
    _least_before, _most_before, least, most = shown.spread
    season.voice.say(
        f"机器方案（种子 {proposal.seed}，{proposal.seconds} 秒）：{shown.seats} 件次，每人 {least}—{most} 件"
    )
    _declare_midway(season, by)


def _declare_midway(season, by):
    """The first expert on the last case declares an interest; the seat ends at once, another takes it."""
    case = season.edition.applications.in_review().select_related("organisation").order_by("number").last()
    seat = case.assignments.sitting().filter(is_head=False).select_related("expert__expert").order_by("pk").first()
    declare = following_conflicts(pooling.enter_interest)
    declare(
        seat.expert.expert,
        by=seat.expert,
        kind="training",
        organisation_name=case.organisation.name,
        detail="评审开始后想起曾为该单位授课（演练）。",
    )
    for candidate in season.edition.engagements.accepted().select_related("expert__user").order_by("pk"):
        try:
            seating.replace(seat, by=by, expert=candidate.expert.user, reason="补充评审组")
        except seating.Refused:
            continue
        season.voice.say(f"{case.number}：1 名专家中途申报利害关系，访问立即终止，已由另一名专家接替")
        return
