"""Acts of the committee's meetings: called, attended, voted on in secret rounds, counted, released by another."""

from contextlib import suppress

from django.conf import settings
from django.db import transaction

from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.standing.actions import refuse_unless_clear
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import box, minutes_actions, voting
from .actions import refuse_unless_in_review, refuse_unless_recomputed
from .attendance_actions import derive_recusals, refuse_before_the_day
from .committee_actions import invite
from .meeting_models import Attendance, CommitteeTerm, Meeting, Recusal, Round, Slip, Voter
from .meeting_queries import (
    attending,
    candidates,
    freed_places,
    passed_over,
    places_left,
    recount,
    rules_of,
    was_voted_on,
)
from .models import Ranking
from .queries import newest_ranking
from .voting import Choice

Presence = Attendance.Presence
HERE = {Presence.PRESENT}


@transaction.atomic
def call_meeting(edition, *, by, title, held_on, starts_at=None, place="", agenda=()):
    """Call the committee: everybody whose term runs on that day, each told and by mail. Refused without a shortlist,
    without members, and while another meeting has not ended; after a released vote as `_call_again` says."""
    permit(by, Permission.MEETING_RUN, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    is_another = was_voted_on(locked)
    refuse_unless_votable(locked, is_another=is_another)
    if locked.meetings.exclude(state__in=Meeting.OVER).exists():
        raise Refused(["已有一次会议尚未发布结果，请先结束该会议。"])
    if is_another:
        _call_again(locked, by)
    elif not locked.applications.filter(state=State.SHORTLISTED).exists():
        raise Refused(["还没有入围的申报，不能召开评委会。"])
    terms = list(CommitteeTerm.objects.on(held_on).select_related("member").order_by("pk"))
    if not terms:
        raise Refused([Problem("no_members", "这一天没有任期内的评委，请先登记评委任期。没有保存。", "held_on")])
    meeting = Meeting.objects.create(
        edition=locked,
        title=title,
        held_on=held_on,
        starts_at=starts_at,
        place=place,
        agenda=list(agenda),
        members=len(terms),
        called_by=by,
    )
    invite(meeting, terms)
    audit.record(by=by, verb="call_meeting", target=meeting, details={"members": len(terms), "held_on": str(held_on)})
    return meeting


def refuse_unless_votable(edition, *, is_another):
    """Refuse a meeting out of its time: the first belongs to the review, another one to the time after the notice,
    where the edition's rules allow it at all."""
    if not is_another:
        refuse_unless_in_review(edition)
    elif edition.state not in {Edition.State.PUBLICITY, Edition.State.AWARDED}:
        raise WrongState("本届表决结果已经发布，公示之前不能再次表决。没有改动任何内容。")
    elif not edition.settled.get("another_vote"):
        raise Refused(["本届规则没有规定公示后空出的名额可以再次表决，名额空缺。没有改动任何内容。"])


def _call_again(edition, by):
    """Whoever was voted on and not proposed is voted on again, for the freed places alone. Refused without either."""
    if freed_places(edition) < 1:
        raise Refused(["公示之后没有空出的名额，不需要再次表决。第一次表决空缺的名额保持空缺。没有改动任何内容。"])
    applications = list(passed_over(edition).select_for_update(of=("self",)).order_by("number"))
    if not applications:
        raise Refused(["没有表决过而未获推荐的申报，空出的名额保持空缺。没有改动任何内容。"])
    for application in applications:
        with APPLICATION.move(application, "call_again", by=by):
            pass


def let_go_again(meeting, *, by):
    """A meeting about freed places that came to nothing leaves its candidates as it found them."""
    edition = meeting.edition
    if not was_voted_on(edition):
        return
    again = edition.applications.filter(state=State.SHORTLISTED).select_for_update(of=("self",)).order_by("number")
    for application in list(again):
        with APPLICATION.move(application, "leave_out", by=by):
            pass


# --- a round of the secret vote -----------------------------------------------------------------------


def open_vote(meeting, *, by):
    """Open a round: the first on all candidates, a later one on those the last count left over.

    Refused before the day, below the quorum, without anything to vote on, when the edition's rounds are used up,
    while a credit record stands in a candidate's way, and when a ranking computed again is not what is stored.
    """
    with Meeting.workflow.move(meeting, "open_vote", by=by) as locked:
        refuse_before_the_day(locked)
        refuse_unless_votable(locked.edition, is_another=was_voted_on(locked.edition))
        locked.members = CommitteeTerm.objects.on(locked.held_on).values("member").distinct().count()
        rules, here = rules_of(locked), attending(locked)
        if not voting.quorum_reached(len(here), locked.members, rules["quorum"]):
            text = f"全体评委 {locked.members} 人，出席 {len(here)} 人，未达到 {rules['quorum']} 的法定人数，不能投票。"
            raise Refused([Problem("quorum", text)])
        applications = _due(locked, rules)
        refuse_unless_recomputed(*(newest_ranking(locked.edition, kind) for kind in Ranking.Kind))
        refuse_unless_clear(applications)
        derive_recusals(locked, here, applications, by=by)
        _lay_out(locked, here, applications, rules, by)
    return locked


def _due(meeting, rules):
    """The applications of the next round. Refused when there are none or no round is left."""
    shortlisted = candidates(meeting)
    counted = meeting.rounds.filter(state=Round.State.COUNTED).count()
    if not counted:
        return shortlisted
    due = [a for a in shortlisted if a.pk in meeting.result["next"]]
    if not due:
        raise Refused(["没有需要再次表决的申报，可以由另一人发布结果。没有开始投票。"])
    return due


def _lay_out(meeting, people, applications, rules, by):
    """The round with its roll and an empty box; whoever is recused on everything has no ballot."""
    keys, recused = {a.pk for a in applications}, {a.pk: [] for a in people}
    found = Recusal.objects.filter(attendance__in=people, application__in=keys).order_by("application")
    for attendance, application in found.values_list("attendance", "application"):
        recused[attendance].append(application)
    voters = [a for a in people if set(recused[a.pk]) != keys]
    if not voters:
        raise Refused(["出席评委对全部候选申报都须回避，不能投票。"])
    vote = Round(
        meeting=meeting,
        number=meeting.rounds.count() + 1,
        candidates=[
            {"application": a.pk, "number": a.number, "organisation": a.organisation.name} for a in applications
        ],
        places=places_left(meeting) - sum(row["proposed"] for row in (meeting.result or {}).get("rows", [])),
        rules={
            "members": meeting.members,
            "attending": len(people),
            "quorum": str(rules["quorum"]),
            "votes_needed": str(rules["votes_needed"]),
            "next_round": rules["next_round"],
            "vote_rounds": rules["vote_rounds"],
            "quota": rules["quota"],
        },
        salt=box.new_salt(),
        opened_at=clock.now(),
        opened_by=by,
    )
    vote.box = _sealed(vote, [], len(voters))
    vote.save()
    Voter.objects.bulk_create(Voter(round=vote, attendance=a, recused=recused[a.pk]) for a in voters)


def _named(application):
    return {"application": application.pk, "number": application.number, "organisation": application.organisation.name}


def _key(vote, secret):
    return box.key_of(secret, bytes(vote.salt))


def _label(vote):
    return f"{vote.name}/{vote.cast}"


def _sealed(vote, slips, voters):
    return box.seal(slips, voters * len(vote.candidates), _key(vote, settings.SECRET_KEY), _label(vote))


def _unseal(vote):
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        with suppress(box.Unreadable):
            return box.opened(bytes(vote.box), _key(vote, secret), _label(vote))
    raise Refused(["票箱打不开：密钥已更换，或者票箱被改动。请作废本轮，重新投票。"])


@transaction.atomic
def cast_ballot(meeting, *, by, approved, against=(), receipt=None):
    """Cast one member's secret ballot: the ids approved and opposed; the others are abstained on. Returns the receipt.

    Refused for whoever is not on the round's roll, has voted, is recused on a named application, or approves more
    than the places. The trail says that the member voted; what was cast is sealed into the box with the rest, under
    codes that only the receipt gives. The same ballot handed in twice is cast once.
    """
    permit(by, Permission.BALLOT_CAST, meeting)
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state != Meeting.State.VOTING:
        raise WrongState(f"会议现为“{locked.get_state_display()}”，不能投票。选票没有投出。")
    vote = locked.rounds.select_for_update(of=("self",)).get(state=Round.State.OPEN)
    voter = vote.voters.filter(attendance__member=by, attendance__presence__in=HERE).first()
    if voter is None:
        raise Refused(["您不在本轮投票名册上。本轮开始后才到会的，从下一轮起投票。选票没有投出。"])
    receipt = box.plain_receipt(receipt) if receipt else box.new_receipt()
    slips = _slips(vote, voter, set(approved), set(against), receipt)
    held = _unseal(vote)
    if not vote.voters.filter(pk=voter.pk, has_voted=False).update(has_voted=True):
        if set(slips) <= set(held):
            return receipt
        raise WrongState("您已经投过票，每人只投一次。原选票不变。")
    if {s.code for s in slips} & {s.code for s in held}:
        raise Refused(["这个凭证不能使用，请返回重新核对选票。选票没有投出。"])
    vote.cast += 1
    vote.box = _sealed(vote, held + slips, vote.voters.count())
    vote.save(update_fields=["box", "cast"])
    audit.record(by=by, verb="cast_ballot", target=locked)
    return receipt


def _slips(vote, voter, approved, against, receipt):
    """The ballot as slips, one for each candidate the voter may vote on. Refused for a ballot that is not valid."""
    keys = [row["application"] for row in vote.candidates]
    recused = set(voter.recused)
    problems = []
    if (approved | against) - set(keys):
        problems.append("选票中有不在候选名单上的申报。选票没有投出。")
    if (approved | against) & recused:
        problems.append("选票中有您应当回避的申报。选票没有投出。")
    if approved & against:
        problems.append("同一申报不能既同意又不同意。选票没有投出。")
    if len(approved) > vote.places:
        problems.append(f"最多同意 {vote.places} 家，您选了 {len(approved)} 家。选票没有投出。")
    if problems:
        raise Refused(problems)
    return [
        box.Slip(
            box.code_of(receipt, vote.name, row["number"]),
            place,
            Choice.FOR if key in approved else Choice.AGAINST if key in against else Choice.ABSTAIN,
        )
        for place, (key, row) in enumerate(zip(keys, vote.candidates, strict=True))
        if key not in recused
    ]


def void_round(meeting, *, by, reason):
    """Give up a round under way, with its ballots unread: nobody learns what was cast."""
    with Meeting.workflow.move(meeting, "void_round", by=by, note=reason) as locked:
        vote = locked.rounds.select_for_update(of=("self",)).get(state=Round.State.OPEN)
        vote.void_reason = reason
        _close(vote, Round.State.VOID, by)
    return locked


def count_votes(meeting, *, by):
    """Close the round, open the box and count; the result is a draft that moves nothing before its release.

    Refused while somebody on the roll who has not left the meeting has not voted, and when what lies in the box
    cannot be the ballots of those who voted.
    """
    with Meeting.workflow.move(meeting, "count", by=by) as locked:
        vote = locked.rounds.select_for_update(of=("self",)).get(state=Round.State.OPEN)
        waiting = vote.voters.filter(has_voted=False, attendance__presence__in=HERE).count()
        if waiting:
            raise Refused([f"还有 {waiting} 名出席评委没有投票，不能计票。"])
        slips = _unseal(vote)
        keys = [row["application"] for row in vote.candidates]
        Slip.objects.bulk_create(
            Slip(code=s.code, round=vote, application_id=keys[s.candidate], choice=s.choice) for s in sorted(slips)
        )
        vote.result = recount(vote)
        if vote.result["problems"] or vote.cast != vote.voters.filter(has_voted=True).count():
            raise Refused(["选票与投票名册不符，不能计票。请作废本轮，重新投票。", *vote.result["problems"]])
        _close(vote, Round.State.COUNTED, by)
        locked.result = _draft(locked)
        locked.drafted_at, locked.drafted_by = clock.now(), by
    return locked


def _close(vote, state, by):
    vote.state, vote.box, vote.salt = state, b"", b""
    vote.closed_at, vote.closed_by = clock.now(), by
    vote.save()


def _draft(meeting):
    """The result so far: every candidate as its last round left it."""
    counted = list(meeting.rounds.filter(state=Round.State.COUNTED))
    rows = {row["application"]: row | {"round": vote.number} for vote in counted for row in vote.result["rows"]}
    last = counted[-1]
    return last.rules | {
        "places": last.places,
        "rows": sorted(rows.values(), key=lambda row: row["number"]),
        "next": last.result["next"] if len(counted) < last.rules["vote_rounds"] else [],
    }


def end_rounds(meeting, *, by, reason):
    """Do without the round that is due, for instance when the quorum was lost; who was due is not proposed.

    Refused before a count and when nothing is due.
    """
    with Meeting.workflow.move(meeting, "end_rounds", by=by, note=reason) as locked:
        if not locked.result or not locked.result["next"]:
            raise Refused(["没有需要再次表决的申报。没有改动任何内容。"])
        locked.result = locked.result | {"next": [], "ended": reason}
        locked.drafted_at, locked.drafted_by = clock.now(), by
    return locked


# --- the end ------------------------------------------------------------------------------------------


def close_meeting(meeting, *, by):
    """End a meeting that has no quorum (流会). Refused where the quorum is reached and where a round was counted."""
    with Meeting.workflow.move(meeting, "close_meeting", by=by) as locked:
        refuse_before_the_day(locked)
        if locked.rounds.filter(state=Round.State.COUNTED).exists():
            raise Refused(["本次会议已有计票的一轮，不能按流会结束。没有改动。"])
        locked.members = CommitteeTerm.objects.on(locked.held_on).values("member").distinct().count()
        here, quorum = len(attending(locked)), rules_of(locked)["quorum"]
        if voting.quorum_reached(here, locked.members, quorum):
            raise Refused([f"全体评委 {locked.members} 人，出席 {here} 人，已达到法定人数，不能按流会结束。没有改动。"])
        locked.result = {"members": locked.members, "attending": here, "quorum": str(quorum), "rows": [], "next": []}
        locked.closed_at, locked.closed_by = clock.now(), by
        let_go_again(locked, by=by)
        minutes_actions.queue_final(locked, by=by)
    return locked


def release_result(meeting, *, by):
    """Release the drafted result: only now the applications move. By another person than the one who counted.

    Refused while a further round is due, when a count of the slips is not what is stored, when the places are no
    longer free, and while a credit record stands in the way of a name. A candidate that left the shortlist since
    the count stays where it is; nobody moves up.
    """
    with Meeting.workflow.move(meeting, "release_result", by=by) as locked:
        if locked.drafted_by_id == by.pk:
            raise Refused([Problem("two_people", "计票人不能自己发布，请由另一名工作人员核对后发布。没有发布。")])
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        refuse_unless_votable(edition, is_another=was_voted_on(edition))
        proposed = {row["application"] for row in locked.result["rows"] if row["proposed"]}
        rows = edition.applications.filter(state=State.SHORTLISTED).select_for_update(of=("self",)).order_by("number")
        applications = list(rows.select_related("organisation"))
        _refuse_unfinished(locked, applications)
        named = [a for a in applications if a.pk in proposed]
        if len(named) > places_left(locked):
            raise Refused(["拟奖名单多于剩余名额，不能发布。没有改动任何内容。"])
        refuse_unless_clear(named)
        voted_on = {row["application"] for row in locked.result["rows"]}
        for application in applications:
            if application.pk in voted_on:
                step = "propose" if application.pk in proposed else "leave_out"
                with APPLICATION.move(application, step, by=by):
                    pass
        locked.closed_at, locked.closed_by = clock.now(), by
        minutes_actions.queue_final(locked, by=by)
    return locked


def _refuse_unfinished(meeting, applications):
    due = [a for a in applications if a.pk in meeting.result["next"]]
    if due:
        names = "、".join(a.number for a in due)
        raise Refused([Problem("due", f"{names} 须再投一轮，请先开始下一轮投票。没有发布。")])
    for vote in meeting.rounds.filter(state=Round.State.COUNTED):
        if recount(vote) != vote.result:
            text = f"{vote}重新计票的结果与存档不一致，不能发布。没有改动任何内容，请联系系统管理员。"
            raise Refused([Problem("recount", text)])


@transaction.atomic
def log_candidate_reading(meeting, *, by, application):
    """Opening a candidate's summary page is an act too."""
    audit.record(by=by, verb="read_candidate", target=meeting, note=application.number)
