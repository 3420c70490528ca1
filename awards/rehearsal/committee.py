"""The rehearsed committee: terms, a meeting that fails for want of a quorum, one with recusals and two rounds, and
another on the place that an objection frees."""

from datetime import timedelta

from awards.decisions import attendance_actions as attending
from awards.decisions import committee_actions as committee
from awards.decisions import meeting_actions as sitting
from awards.decisions.meeting_models import CommitteeTerm, Meeting, Round
from awards.decisions.meeting_queries import open_round, slips_of_receipt
from awards.workflow import Refused
from foshan_quality.lib import clock

Post = CommitteeTerm.Post
POSTS = {0: Post.CHAIR, 1: Post.DEPUTY, 2: Post.DEPUTY}
AGENDA = ["宣布到会情况，核对法定人数", "宣布回避事项", "听取评审情况汇报", "审议候选单位", "无记名投票", "宣布计票"]


def appoint(season, people):
    """Everybody gets a term by the paper that appoints; the former committee's terms end."""
    by = season.users["secretariat"]
    begins = clock.today() + timedelta(days=season.serial)  # rehearsals of one year follow one another
    for term in CommitteeTerm.objects.on(begins).exclude(member__in=season.members):
        committee.end_term(term, by=by, reason="上一届任期届满")
    for place, (member, person) in enumerate(zip(season.members, people, strict=True)):
        committee.appoint(
            by=by,
            member=member,
            post=POSTS.get(place, Post.MEMBER),
            employer=person.post,
            from_on=begins,
            document=f"演府函〔{season.year}〕{season.serial}号",
        )


def vote(season):
    """A failed quorum, then the vote: nine are agreed on, two tie for the tenth place and a second round parts them."""
    season.stage("vote", "评委会：一次流会，再开会；回避、两轮无记名投票、拟定、另一人发布")
    _fail(season)
    with season.at("vote"):
        meeting = _call(season, season.members[:-1], {season.members[-1]: "出差"})
        _recuse(season, meeting)
        sitting.open_vote(meeting, by=season.users["secretariat"])
        receipts = _first_round(season, meeting)
        counted = sitting.count_votes(meeting, by=season.users["secretariat"])
        _second_round(season, counted)
    with season.at("vote", hours=2):
        season.meeting = _release(season, Meeting.objects.get(pk=meeting.pk))
    _look_up(season, receipts)
    quota = season.edition.settled["quota"]
    season.proposed = [row for row in season.meeting.result["rows"] if row["proposed"]]
    season.voice.say(f"拟奖 {len(season.proposed)} 家，空缺 {quota - len(season.proposed)} 个名额，不补足")


def _call(season, present, away, about="评委会会议"):
    by, day = season.users["secretariat"], clock.today()
    meeting = sitting.call_meeting(
        season.edition,
        by=by,
        title=f"{season.edition}{about}",
        held_on=day,
        starts_at=clock.now().time(),
        place="市机关大院会议室（演练）",
        agenda=AGENDA,
    )
    marks = {member.pk: ("present", "") for member in present}
    marks |= {member.pk: ("absent", reason) for member, reason in away.items()}
    return attending.take_attendance(meeting, by=by, marks=marks)


def _fail(season):
    by = season.users["secretariat"]
    half = len(season.members) // 2
    with season.at("vote", days=-2):
        away = dict.fromkeys(season.members[half:], "临时有会")
        meeting = _call(season, season.members[:half], away)
        try:
            sitting.open_vote(meeting, by=by)
        except Refused as refusal:
            season.voice.say(f"{refusal.problems[0]}按流会结束，另行召开")
        sitting.close_meeting(meeting, by=by)


def _recuse(season, meeting):
    above = [row["application"] for row in season.ranking.rows if row["above_line"]]
    by_key = {a.pk: a for a in season.edition.applications.filter(pk__in=above)}
    first, second = by_key[above[0]], by_key[above[-1] if len(above) < 3 else above[2]]
    declaring, entered = season.members[1], season.members[2]
    attending.declare_recusal(meeting, by=declaring, application=first, reason="配偶在该单位任职")
    attending.record_recusal(
        meeting, by=season.users["secretariat"], member=entered, application=second, reason="两年内曾任该单位顾问"
    )


def _first_round(season, meeting):
    """Nine are favoured; two thirds leave one of them out and approve two others, who so tie on the line."""
    rows = [row["application"] for row in season.ranking.rows if row["above_line"]]
    quota = season.edition.settled["quota"]
    favoured, tied, others = rows[: quota - 1], rows[quota - 1 : quota + 1], rows[quota + 1 :]
    voters = season.members[:-1]
    both = -(-len(voters) * 2 // 3) if len(tied) == 2 else 0
    receipts = {}
    for place, member in enumerate(voters):
        wanted = list(favoured)
        if place < both:
            wanted.remove(favoured[(place + 2) % len(favoured)])
            wanted += tied
        recused = set(meeting.attendances.get(member=member).recusals.values_list("application_id", flat=True))
        approved = [a for a in wanted if a not in recused]
        against = [a for a in others if season.dice.random() < 0.5]
        receipts[member] = sitting.cast_ballot(meeting, by=member, approved=approved, against=against)
    return receipts


def _second_round(season, counted):
    if not counted.result["next"]:
        return
    by, due = season.users["secretariat"], counted.result["next"]
    season.voice.say(f"{len(due)} 家并列在名额线上，进行第二轮投票")
    sitting.open_vote(counted, by=by)
    for member in season.members[:-1]:
        sitting.cast_ballot(counted, by=member, approved=due[:1])
    sitting.count_votes(counted, by=by)


def vote_again(season):
    """The committee meets once more on the freed place: the best of those passed over passes, two abstain."""
    season.stage("again", "评委会：异议成立后空出的名额，另行开会再次表决")
    by, members = season.users["secretariat"], season.members[:-1]
    with season.at("again"):
        meeting = _call(season, members, {season.members[-1]: "出差"}, about="评委会会议（再次表决）")
        sitting.open_vote(meeting, by=by)
        vote = open_round(meeting)
        places = [row["application"] for row in season.ranking.rows]
        best = min((row["application"] for row in vote.candidates), key=places.index)
        for member in members:
            recused = set(vote.voters.values_list("recused", flat=True).get(attendance__member=member))
            approved = {best} - recused if member not in members[:2] else set()
            sitting.cast_ballot(meeting, by=member, approved=approved)
        sitting.count_votes(meeting, by=by)
    with season.at("again", hours=2):
        released = _release(season, Meeting.objects.get(pk=meeting.pk))
    [season.proposed_again] = [row for row in released.result["rows"] if row["proposed"]]
    season.voice.say(
        f"{vote.places} 个名额，{len(vote.candidates)} 家候选，列为拟奖：{season.proposed_again['organisation']}"
    )


def _release(season, meeting):
    try:
        sitting.release_result(meeting, by=season.users["secretariat"])
    except Refused as refusal:
        season.voice.say(str(refusal.problems[0]))
    return sitting.release_result(meeting, by=season.users["secretariat_second"])


def _look_up(season, receipts):
    """Every member finds the own slips by the receipt."""
    first = Round.objects.filter(meeting=season.meeting).first()
    found = sum(bool(slips_of_receipt(first, receipt)) for receipt in receipts.values())
    season.voice.say(f"凭证核对：{found}／{len(receipts)} 名评委查到自己的选票")
