from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_safe

from awards.programmes.admin import edition_filter
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import attendance_actions, box, calling_actions, committee_actions, meeting_actions, minutes_actions
from .meeting_forms import (
    AttendanceForm,
    BallotForm,
    EndRoundsForm,
    EndTermForm,
    MeetingForm,
    MemberRecusalForm,
    PostponeForm,
    ReceiptForm,
    RecusalForm,
    TermForm,
    VoidForm,
)
from .meeting_models import CommitteeTerm, Meeting, MeetingPaper, Round
from .meeting_queries import (
    SEATS,
    attendance_of,
    ballot_paper,
    candidates,
    open_round,
    places_left,
    quorum_of,
    recount,
    recusals_of,
    roll_of,
    rounds_of,
    rules_of,
    slips_by_candidate,
    slips_of_receipt,
    summary_of,
    voters_awaited,
)
from .voting import Choice

State = Meeting.State


def is_standing(term):
    return term.ended_at is None and (term.until_on is None or term.until_on >= clock.today())


def is_due_for_a_round(meeting):
    """Whether a round is still to come: before the first, after a void one, and where the last count left some over."""
    return meeting.state == State.CALLED or (meeting.state == State.COUNTED and bool(meeting.result["next"]))


def is_at_work(meeting):
    """Whether it matters who is there."""
    return meeting.state == State.VOTING or is_due_for_a_round(meeting)


def again_said(meeting):
    """What a meeting after a released vote is about; nothing of the first one."""
    if not meeting.is_another:
        return ""
    places = (meeting.result or {}).get("places") or places_left(meeting)
    return f"公示后空出的名额再次表决，最多 {places} 家；候选单位为表决过而未获推荐的，通过的另行公示"


def may_be_called_off(meeting):
    """Whether it can end for want of a quorum: it is the day, nothing was counted, and too few are there."""
    return not meeting.result and clock.today() >= meeting.held_on and not quorum_of(meeting).is_reached


def before_the_day(meeting, user):
    """Why nobody can be entered as present yet."""
    return f"会议当天（{meeting.held_on:%Y-%m-%d}）登记。" if clock.today() < meeting.held_on else ""


def not_yet(meeting, user):
    """Why no round can be opened now."""
    if clock.today() < meeting.held_on:
        return f"会议当天（{meeting.held_on:%Y-%m-%d}）才能开始投票。"
    quorum = quorum_of(meeting)
    return "" if quorum.is_reached else f"{quorum.said}，登记出席后才能开始。"


def still_voting(meeting, user):
    """Why the round cannot be counted yet."""
    waiting = voters_awaited(meeting)
    return f"还有 {waiting} 名出席评委没有投票。" if waiting else ""


def not_to_be_released(meeting, user):
    """Why this person cannot release the result, or nobody can yet."""
    if meeting.result["next"]:
        return "还有申报须再投一轮；不再投票的，先办理“不再投票”。"
    return own_count(meeting, user)


def may_be_drawn(meeting):
    """Whether minutes asked for now would be drawn: specimens any time, final ones only where that failed."""
    if meeting.state == State.CANCELLED:
        return False
    return not meeting.is_over or all(p.state == MeetingPaper.State.PARKED for p in meeting.papers.all() if p.is_final)


def before_any_round(meeting):
    return not meeting.was_voted_on


def own_count(meeting, user):
    """Why whoever counted cannot release."""
    if meeting.drafted_by_id == user.pk:
        return "结果由您计票，须由另一名工作人员发布。"
    return "还有申报须再投一轮。" if meeting.result["next"] else ""


def filler(choices, number=""):
    """What makes a page with these choices as long as with any others: a log of lengths tells nothing of a ballot."""
    longest = len(Choice.AGAINST.label.encode())
    short = sum(longest - len(choice.label.encode()) for choice in choices if choice)
    return " " * (short + 2 - min(len(str(number)), 2))


def signed_in(meeting, user):
    """Why a member need not sign in again."""
    if clock.today() < meeting.held_on:
        return f"会议当天（{meeting.held_on:%Y-%m-%d}）签到。"
    here = any(a.member_id == user.pk and a.presence == "present" for a in meeting.attendances.all())
    return "您已签到。" if here else ""


@admin.register(CommitteeTerm)
class CommitteeTermAdmin(OfficeAdmin):
    """Who belongs to the committee, and belonged."""

    list_display = [column("member.__str__", "评委"), "post", "employer", "from_on", "until_on", "document"]
    list_filter = ["post"]
    list_select_related = ["member"]
    list_acts = {
        "appoint": Act(
            "登记评委任期",
            committee_actions.appoint,
            TermForm,
            Permission.TERM_ENTER,
            done="任期已登记。",
            warning="“全体评委”按会议当天的任期计算，法定人数以此为准。",
        )
    }
    acts = {
        "end_term": Act(
            "提前终止任期",
            committee_actions.end_term,
            EndTermForm,
            Permission.TERM_ENTER,
            when=is_standing,
            done="任期已终止，记录保留。",
            warning="从今天起不再计入全体评委，不能参加以后的会议。",
            is_grave=True,
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("member", "entered_by", "ended_by")

    def get_fieldsets(self, request, obj=None):
        ended = ["ended_at", "ended_by", "end_reason"] if obj and obj.ended_at else []
        fields = ["member", "post", "employer", "from_on", "until_on", "document", "entered_at", "entered_by", *ended]
        return [(None, {"fields": fields})]


@admin.register(Meeting)
class MeetingAdmin(OfficeAdmin):
    """Sittings of the committee. Ballots are secret even here."""

    change_form_template = "awards/decisions/meeting.html"
    list_display = ["title", column("edition.__str__", "届次"), "held_on", "state_mark"]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["edition__programme__honour_kind"]
    list_acts = {
        "call": Act(
            "召开评委会会议",
            meeting_actions.call_meeting,
            MeetingForm,
            Permission.MEETING_RUN,
            done="会议已建立，已通知任期内的全体评委。会议当天登记出席。",
            warning="通知会议当天任期内的全体评委，同时发邮件。",
        )
    }
    acts = {
        "sign_in": Act(
            "签到",
            attendance_actions.sign_in,
            permission=Permission.MEETING_ATTEND,
            when=is_at_work,
            hindrance=signed_in,
            done="您已签到。",
        ),
        "declare_recusal": Act(
            "申请回避",
            attendance_actions.declare_recusal,
            RecusalForm,
            Permission.MEETING_ATTEND,
            when=is_due_for_a_round,
            done="回避已登记。",
            warning="登记后您不对这份申报投票，这份申报的表决基数减一。登记后不能撤回。",
        ),
        "open_vote": Act(
            "开始一轮投票",
            meeting_actions.open_vote,
            when=is_due_for_a_round,
            hindrance=not_yet,
            done="投票已开始。",
            warning="按此刻的出席情况确定投票名册，本轮之内不再变动，也不能再登记回避。出席评委各投一次，无记名。",
        ),
        "count": Act(
            "结束投票并计票",
            meeting_actions.count_votes,
            hindrance=still_voting,
            done="计票完成，结果待另一人发布。",
            warning="计票后本轮不能再投票。结果先拟定，由另一人发布后各申报才变动。通过的不足名额时，名额空缺。",
            is_grave=True,
        ),
        "release_result": Act(
            "发布表决结果",
            meeting_actions.release_result,
            when=lambda meeting: bool(meeting.result),
            hindrance=not_to_be_released,
            done="结果已发布，正式纪要正在生成。",
            warning=lambda meeting: (
                f"发布后 {sum(row['proposed'] for row in meeting.result['rows'])} 家列为拟奖，"
                f"{sum(not row['proposed'] for row in meeting.result['rows'])} 家不列为拟奖。请先核对计票结果。"
            ),
            is_grave=True,
        ),
        "take_attendance": Act(
            "登记出席",
            attendance_actions.take_attendance,
            AttendanceForm,
            Permission.MEETING_RUN,
            when=is_at_work,
            hindrance=before_the_day,
            done="出席情况已登记。",
            warning="会议当天登记。投票期间到会的，从下一轮起投票；中途离场的，不再等其投票。",
        ),
        "record_recusal": Act(
            "登记回避",
            attendance_actions.record_recusal,
            MemberRecusalForm,
            Permission.MEETING_RUN,
            when=is_due_for_a_round,
            done="回避已登记。",
            warning="登记后该评委不对这份申报投票，这份申报的表决基数减一。",
        ),
        "end_rounds": Act(
            "不再投票",
            meeting_actions.end_rounds,
            EndRoundsForm,
            when=lambda meeting: bool((meeting.result or {}).get("next")),
            done="不再投票，结果待另一人发布。",
            warning="应再投一轮的申报都不列为拟奖，名额空缺。",
            is_grave=True,
        ),
        "void_round": Act(
            "本轮作废",
            meeting_actions.void_round,
            VoidForm,
            done="本轮已作废，选票没有打开。可以重新开始一轮。",
            warning="已投的选票全部销毁，没有人看到其内容。",
            is_grave=True,
        ),
        "close_meeting": Act(
            "按流会结束",
            meeting_actions.close_meeting,
            when=may_be_called_off,
            done="会议已按流会结束，纪要正在生成。可以另行召开会议。",
            warning="出席人数未达到法定人数时才能办理。",
            is_grave=True,
        ),
        "postpone_meeting": Act(
            "改期",
            calling_actions.postpone_meeting,
            PostponeForm,
            when=before_any_round,
            done="会议已改期，已通知全体评委。",
            warning="按新的日期重新确定任期内的评委，已签到的须重新签到；每人都会收到通知。",
        ),
        "cancel_meeting": Act(
            "取消会议",
            calling_actions.cancel_meeting,
            ReasonForm,
            when=before_any_round,
            done="会议已取消，已通知全体评委。可以另行召开会议。",
            warning="取消后不能恢复，每名评委都会收到通知；只是换时间或地点的请用“改期”。",
            is_grave=True,
        ),
        "request_minutes": Act(
            "生成纪要",
            minutes_actions.request_minutes,
            permission=Permission.MEETING_RUN,
            when=may_be_drawn,
            is_aside=True,
            done="纪要正在后台生成，完成后在本页下载。",
            warning="发布之前生成的是样张。",
        ),
    }
    todos = {
        "run": Todo(
            "评委会会议待办理",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state__in=[State.CALLED, State.VOTING, State.COUNTED]),
        ),
        "vote": Todo(
            "评委会会议待您投票",
            Role.COMMITTEE,
            lambda rows, user: rows.filter(
                rounds__state=Round.State.OPEN,
                rounds__voters__attendance__member=user,
                rounds__voters__has_voted=False,
            ),
        ),
        "read": Todo("评委会会议材料待您阅读", Role.COMMITTEE, lambda rows, user: rows.filter(state=State.CALLED)),
    }

    def get_queryset(self, request):
        """A record is asked by every act whether this person was called; a list is not."""
        meetings = super().get_queryset(request).select_related("edition__programme__honour_kind")
        is_list = request.resolver_match.url_name in {f"{self.label}_changelist", "index"}
        if is_list:
            return meetings
        rounds = Round.objects.filter(meeting=OuterRef("pk"))
        before = Meeting.objects.filter(edition=OuterRef("edition"), state=State.RELEASED, pk__lt=OuterRef("pk"))
        asked = meetings.annotate(was_voted_on=Exists(rounds), is_another=Exists(before))
        return asked.prefetch_related(SEATS, "papers")

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [
            self.page("<path:object_id>/ballot/", self.ballot_view, "ballot"),
            self.page("<path:object_id>/rounds/<int:number>/", self.round_view, "round"),
            self.page("<path:object_id>/candidates/<int:application>/", self.candidate_view, "candidate"),
            self.page("<path:object_id>/minutes/<int:paper>/", self.minutes_view, "minutes"),
            *super().get_urls(),
        ]

    def url(self, name, meeting, *more):
        return reverse(f"admin:awards_meeting_{name}", args=[meeting.pk, *more])

    def record_context(self, request, record):
        may_run, rounds = request.user.has_perm(Permission.MEETING_RUN), rounds_of(record)
        vote = next((found for found in rounds if found.state == Round.State.OPEN), None)
        roll, seats = roll_of(vote) if vote else [], attendance_of(record)
        own = next((voter for voter in roll if voter.attendance.member_id == request.user.pk), None)
        return {
            "candidates": candidates(record) if not record.is_over else [],
            "seats": seats,
            "present": sum(seat.presence == "present" for seat in seats),
            "vote": vote,
            "roll": roll,
            "voted": sum(voter.has_voted for voter in roll),
            "own": own,
            "may_run": may_run,
            "rounds": rounds,
            "recusals": recusals_of(record),
            "rules": rules_of(record),
            "again": again_said(record),
            "papers": list(record.papers.all()) if may_run else [],
            "due": [
                a["number"] for a in (record.result or {}).get("rows", []) if a["application"] in record.result["next"]
            ],
        }

    # --- what members read ------------------------------------------------------------------------
    @method_decorator(require_safe)
    def candidate_view(self, request, object_id, application):
        """What a member reads of one candidate before the vote; noted in the trail."""
        meeting = self.fetch(request, object_id)
        found = next((a for a in candidates(meeting) if a.pk == application and not meeting.is_over), None)
        if found is None:
            raise Http404
        meeting_actions.log_candidate_reading(meeting, by=request.user, application=found)
        return self.answer(request, "candidate.html", meeting, str(found), summary=summary_of(meeting, found))

    # --- the ballot -------------------------------------------------------------------------------
    @method_decorator(sensitive_post_parameters())
    @sensitive_variables()
    def ballot_view(self, request, object_id):
        """The secret ballot: choose, look again, cast. The receipt is shown once and kept nowhere."""
        meeting = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.BALLOT_CAST, meeting):
            raise PermissionDenied(Permission.BALLOT_CAST)
        vote = open_round(meeting)
        voter = vote and vote.voters.filter(attendance__member=request.user).first()
        page = {"vote": vote, "voter": voter, "problems": [], "chosen": [], "receipt": "", "choices": Choice}
        if vote is None or voter is None:
            return self.ballot_page(request, "ballot.html", meeting, page, status=409 if request.POST else 200)
        form = BallotForm(request.POST or None, paper=ballot_paper(vote, request.user))
        page["lines"] = [(line, Choice.ABSTAIN) for line in form.paper]
        if form.is_bound and form.is_valid():
            page["lines"] = form.chosen
            page["chosen"] = form.chosen
            if "cast" in request.POST:
                return self.cast(request, meeting, form, page)
            if "look" in request.POST:
                return self.look(request, meeting, form, page)
        elif form.is_bound:
            page["problems"] = ["选票没有投出，请重新填写。"]
        return self.ballot_page(request, "ballot.html", meeting, page)

    def look(self, request, meeting, form, page):
        """The page that asks once more; the receipt is made here and travels with the ballot."""
        approved = len(form.keys(Choice.FOR))
        if approved > page["vote"].places:
            page["problems"] = [f"最多同意 {page['vote'].places} 家，您选了 {approved} 家。选票没有投出。"]
            return self.ballot_page(request, "ballot.html", meeting, page, status=409)
        page["receipt"] = form.cleaned_data["receipt"] or box.new_receipt()
        page["approved"] = approved
        page["filler"] = filler([choice for _line, choice in page["chosen"]], approved)
        return self.ballot_page(request, "ballot_check.html", meeting, page)

    @sensitive_variables()
    def cast(self, request, meeting, form, page):
        try:
            page["receipt"] = meeting_actions.cast_ballot(
                meeting,
                by=request.user,
                approved=form.keys(Choice.FOR),
                against=form.keys(Choice.AGAINST),
                receipt=form.cleaned_data["receipt"] or None,
            )
        except (Refused, WrongState) as refusal:
            page["problems"] = getattr(refusal, "problems", [refusal])
            page["voter"].refresh_from_db()
            return self.ballot_page(request, "ballot.html", meeting, page, status=409)
        return self.ballot_page(request, "ballot_receipt.html", meeting, page)

    def ballot_page(self, request, name, meeting, page, status=200):
        return self.answer(request, name, meeting, "投票", status=status, **page)

    # --- the count --------------------------------------------------------------------------------
    @method_decorator(sensitive_post_parameters())
    @sensitive_variables()
    def round_view(self, request, object_id, number):
        """A counted round: the slips, the count done again, and the search by one's own receipt."""
        meeting = self.fetch(request, object_id)
        vote = get_object_or_404(meeting.rounds.defer("box", "salt"), number=number, state=Round.State.COUNTED)
        form = ReceiptForm(request.POST or None)
        found = slips_of_receipt(vote, form.cleaned_data["receipt"]) if form.is_bound and form.is_valid() else None
        return self.answer(
            request,
            "round.html",
            meeting,
            f"{vote}计票核对",
            vote=vote,
            slips=slips_by_candidate(vote),
            is_same=recount(vote) == vote.result,
            form=form,
            found=found,
            filler=filler([Choice(slip.choice) for _row, _code, slip in found or [] if slip]),
        )

    @method_decorator(require_safe)
    def minutes_view(self, request, object_id, paper):
        """Drawn minutes, noted in the trail."""
        meeting = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.MEETING_RUN):
            raise PermissionDenied(Permission.MEETING_RUN)
        drawn = MeetingPaper.objects.filter(meeting=meeting, state=MeetingPaper.State.DRAWN).select_related("meeting")
        paper = get_object_or_404(drawn, pk=paper)
        minutes_actions.log_download(paper, by=request.user)
        name = f"{meeting}纪要{'' if paper.is_final else '（样张）'}.pdf"
        response = FileResponse(paper.pdf.open("rb"), as_attachment=True, filename=name)
        response["Content-Type"] = "application/pdf"
        response["Cache-Control"] = "private, no-store"
        return response

    def answer(self, request, name, meeting, title, *, status=200, **more):
        context = (
            self.admin_site.each_context(request)
            | {"title": title, "opts": self.opts, "meeting": meeting, "record_url": self.record_url(meeting)}
            | more
        )
        return TemplateResponse(request, f"awards/decisions/{name}", context, status=status)
