"""The committee: who belongs to it, its meetings, and the rounds of its secret vote."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Relation

from .paper_models import DrawnPaper
from .voting import Choice

USER = settings.AUTH_USER_MODEL


class CommitteeTermQuerySet(models.QuerySet):
    def on(self, day):
        """The terms that run on this day: who counts as 全体评委."""
        return self.filter(from_on__lte=day).filter(Q(until_on=None) | Q(until_on__gte=day))


class CommitteeTerm(models.Model):
    """One person's time on the committee, by which paper. A role granted makes nobody a member; ended terms stay."""

    class Post(models.TextChoices):
        CHAIR = "chair", "主任"
        DEPUTY = "deputy", "副主任"
        MEMBER = "member", "委员"

    member = models.ForeignKey(USER, models.PROTECT, related_name="committee_terms", verbose_name="评委")
    post = models.CharField("职务", max_length=6, choices=Post, default=Post.MEMBER)
    employer = models.CharField("工作单位", max_length=120, blank=True)
    from_on = models.DateField("任期开始")
    until_on = models.DateField("任期最后一日", null=True, blank=True)
    document = models.CharField("任命文件", max_length=200)
    entered_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", editable=False)
    ended_at = models.DateTimeField("提前终止时间", null=True, editable=False)
    ended_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", editable=False)
    end_reason = models.CharField("终止原因", max_length=200, blank=True, editable=False)

    objects = CommitteeTermQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评委任期"
        ordering = ["-from_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["member", "from_on"], name="one_term_from_a_day"),
            UniqueConstraint(fields=["member"], condition=Q(until_on=None), name="one_open_term_a_member"),
            CheckConstraint(name="term_runs_forward", condition=Q(until_on=None) | Q(until_on__gte=F("from_on"))),
            CheckConstraint(name="term_rests_on_a_document", condition=~Q(document="")),
            CheckConstraint(
                name="term_ended_at_and_by",
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | Q(ended_at__isnull=False, ended_by__isnull=False, until_on__isnull=False) & ~Q(end_reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.member}（{self.get_post_display()}）"


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; for a member those the member was called to, if the term runs on the day."""
        if user.has_perm(Permission.MEETING_RUN):
            return self
        day = OuterRef("held_on")
        return self.filter(Exists(CommitteeTerm.objects.on(day).filter(member=user)), attendances__member=user)


class Meeting(models.Model):
    """One sitting of the committee: called, voted on in rounds, counted, and released by a second person.

    `agenda` is a list of lines. `result` is drafted by each count: members, attending, quorum, votes_needed, quota,
    places, `rows` (a dict for each candidate of its last round: application, number, organisation, round, yes, no,
    abstained, base, needed, passed, proposed) and `next`, the applications that are due for another round.
    `moves` tells of every postponement: dicts from, until (both as people say a time), because.
    """

    class State(models.TextChoices):
        CALLED = "called", "筹备中"
        VOTING = "voting", "投票中"
        COUNTED = "counted", "已计票，待发布"
        RELEASED = "released", "已发布"
        FAILED = "failed", "流会"
        CANCELLED = "cancelled", "已取消"

    OVER = [State.RELEASED, State.FAILED, State.CANCELLED]

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="meetings", verbose_name="届次")
    title = models.CharField("会议名称", max_length=120)
    held_on = models.DateField("会议日期")
    starts_at = models.TimeField("开始时间", null=True, blank=True)
    place = models.CharField("地点", max_length=120, blank=True)
    agenda = models.JSONField("议程", default=list)
    members = models.PositiveIntegerField("全体评委人数")
    state = models.CharField("状态", max_length=9, choices=State, default=State.CALLED, editable=False)
    moves = models.JSONField("改期", default=list, editable=False)
    cancelled_because = models.CharField("取消原因", max_length=300, blank=True, editable=False)
    result = models.JSONField("计票结果", null=True, editable=False)
    called_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    drafted_at = models.DateTimeField("计票时间", null=True, editable=False)
    drafted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", editable=False)
    closed_at = models.DateTimeField("发布、流会或取消时间", null=True, editable=False)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", editable=False)

    objects = MeetingQuerySet.as_manager()

    workflow = Workflow(
        open_vote=Step("开始一轮投票", {State.CALLED, State.COUNTED}, State.VOTING, Permission.MEETING_RUN),
        count=Step("结束投票并计票", {State.VOTING}, State.COUNTED, Permission.MEETING_RUN),
        void_round=Step("本轮作废", {State.VOTING}, State.CALLED, Permission.MEETING_RUN),
        end_rounds=Step("不再投票", {State.CALLED, State.COUNTED}, State.COUNTED, Permission.MEETING_RUN),
        close_meeting=Step("按流会结束", {State.CALLED}, State.FAILED, Permission.MEETING_RUN),
        release_result=Step("发布表决结果", {State.COUNTED}, State.RELEASED, Permission.MEETING_RUN),
        postpone_meeting=Step("改期", {State.CALLED}, State.CALLED, Permission.MEETING_RUN),
        cancel_meeting=Step("取消会议", {State.CALLED}, State.CANCELLED, Permission.MEETING_RUN),
    )

    class Meta:
        verbose_name = verbose_name_plural = "评委会会议"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(
                fields=["edition"],
                condition=Q(state__in=["called", "voting", "counted"]),
                name="one_meeting_at_a_time",
            ),
            CheckConstraint(
                name="meeting_drafted_at_and_by",
                condition=Q(drafted_at=None, drafted_by=None)
                | Q(drafted_at__isnull=False, drafted_by__isnull=False, result__isnull=False),
            ),
            CheckConstraint(
                name="meeting_closed_at_and_by",
                condition=Q(
                    state__in=["released", "failed", "cancelled"], closed_at__isnull=False, closed_by__isnull=False
                )
                | Q(closed_at=None, closed_by=None) & ~Q(state__in=["released", "failed", "cancelled"]),
            ),
            CheckConstraint(
                name="cancelled_meeting_says_why",
                condition=Q(state="cancelled") & ~Q(cancelled_because="")
                | ~Q(state="cancelled") & Q(cancelled_because=""),
            ),
            CheckConstraint(
                name="meeting_released_by_another",
                condition=~Q(state="released") | Q(drafted_by=None) | ~Q(closed_by=F("drafted_by")),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_over(self):
        return self.state in self.OVER

    def roles_of(self, user):
        is_called = any(a.member_id == user.pk for a in self.attendances.all())
        return {Relation.MEETING_MEMBER} if is_called else set()


class Attendance(models.Model):
    """A member called to a meeting, and whether the member came; never what the ballot said."""

    class Presence(models.TextChoices):
        EXPECTED = "expected", "未签到"
        PRESENT = "present", "出席"
        ABSENT = "absent", "缺席"
        LEFT = "left", "中途离场"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    member = models.ForeignKey(USER, models.PROTECT, related_name="attendances", verbose_name="评委")
    post = models.CharField("职务", max_length=6, choices=CommitteeTerm.Post, default=CommitteeTerm.Post.MEMBER)
    presence = models.CharField("出席情况", max_length=8, choices=Presence, default=Presence.EXPECTED, editable=False)
    reason = models.CharField("原因", max_length=200, blank=True)
    arrived_at = models.DateTimeField("签到时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "出席"
        constraints = [
            UniqueConstraint(fields=["meeting", "member"], name="attends_once"),
            CheckConstraint(name="away_with_a_reason", condition=~Q(presence__in=["absent", "left"]) | ~Q(reason="")),
            CheckConstraint(
                name="arrived_when_present",
                condition=Q(presence__in=["present", "left"], arrived_at__isnull=False)
                | Q(presence__in=["expected", "absent"], arrived_at=None),
            ),
        ]

    def __str__(self):
        return f"{self.member}（{self.get_post_display()}）"


class Recusal(models.Model):
    """A member who must not vote on one application; the vote's base is one smaller there."""

    class Source(models.TextChoices):
        MEMBER = "member", "本人申请"
        SECRETARIAT = "secretariat", "秘书处登记"
        PORTAL = "portal", "系统比对"

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="recusals")
    application = models.ForeignKey("awards.Application", models.PROTECT, related_name="+")
    reason = models.CharField("回避原因", max_length=200)
    source = models.CharField("来源", max_length=11, choices=Source, default=Source.SECRETARIAT)
    recorded_at = models.DateTimeField("登记时间", default=clock.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "表决回避"
        constraints = [UniqueConstraint(fields=["attendance", "application"], name="recused_once")]


class Round(models.Model):
    """One round of the secret vote. While it is open, everything cast lies in `box`, sealed (box.py).

    `candidates` holds dicts application, number, organisation; a slip's candidate is its place in this list. `cast` is
    how many have voted, part of what the box is sealed under. Counting empties box and salt, so that the order in
    which the box was filled can be asked of nobody any more; what was in it are `Slip` rows, written by one statement
    in the order of their codes. `rules` keeps what was in force: members, attending, quorum, votes_needed, quota.
    """

    class State(models.TextChoices):
        OPEN = "open", "投票中"
        COUNTED = "counted", "已计票"
        VOID = "void", "作废"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField("轮次")
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN, editable=False)
    candidates = models.JSONField("候选名单")
    places = models.PositiveIntegerField("名额")
    rules = models.JSONField("规则")
    salt = models.BinaryField()
    box = models.BinaryField()
    cast = models.PositiveIntegerField("已投", default=0)
    result = models.JSONField("计票结果", null=True)
    opened_at = models.DateTimeField("开始时间", default=clock.now)
    opened_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("结束时间", null=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "表决轮次"
        ordering = ["number"]
        constraints = [
            UniqueConstraint(fields=["meeting", "number"], name="one_round_of_a_number"),
            UniqueConstraint(fields=["meeting"], condition=Q(state="open"), name="one_open_round"),
            CheckConstraint(
                name="round_box_is_emptied_when_over",
                condition=Q(state="open", closed_at=None) & ~Q(box=b"") & ~Q(salt=b"")
                | Q(state__in=["counted", "void"], closed_at__isnull=False, box=b"", salt=b""),
            ),
            CheckConstraint(
                name="round_counted_with_result_void_with_reason",
                condition=Q(state="open", result=None, void_reason="")
                | Q(state="counted", result__isnull=False, void_reason="")
                | Q(state="void", result=None) & ~Q(void_reason=""),
            ),
        ]

    def __str__(self):
        return f"第 {self.number} 轮"

    @property
    def name(self):
        """The round as it stands in the codes of its slips."""
        return f"{self.meeting_id}-{self.number}"


class Voter(models.Model):
    """One line of a round's roll: who may vote, on what not, and whether the ballot was cast; never what it said."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="voters")
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="votes")
    recused = models.JSONField("回避的申报", default=list)
    has_voted = models.BooleanField("已投票", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "投票名册"
        constraints = [UniqueConstraint(fields=["round", "attendance"], name="one_ballot_a_member_and_round")]


class Slip(models.Model):
    """One anonymous choice on one candidate. Nothing ties it to a person or to another slip. Append-only by trigger."""

    code = models.CharField("选票编码", max_length=32, primary_key=True)
    round = models.ForeignKey(Round, models.PROTECT, related_name="slips")
    application = models.ForeignKey("awards.Application", models.PROTECT, related_name="+")
    choice = models.CharField("意见", max_length=3, choices=Choice)

    class Meta:
        verbose_name = verbose_name_plural = "选票"
        ordering = ["code"]


def paper_name(paper, _name):
    """A name nobody can guess, as for every paper the portal draws."""
    return f"meetings/{paper.meeting_id}/{secrets.token_hex(16)}.pdf"


class MeetingPaper(DrawnPaper):
    """The minutes of a meeting on paper: a specimen before its end, the final one after it."""

    State = DrawnPaper.State

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="papers")
    is_final = models.BooleanField("正式")
    pdf = models.FileField("文件", upload_to=paper_name, max_length=120, blank=True)

    workflow = Workflow(
        draw_minutes=Step("生成会议纪要", {State.QUEUED}, State.DRAWN, Permission.RANKING_DRAW),
        park_minutes=Step("搁置会议纪要", {State.QUEUED}, State.PARKED, Permission.RANKING_DRAW),
        draw_minutes_again=Step("重新生成", {State.PARKED, State.DRAWN}, State.QUEUED, Permission.MEETING_RUN),
    )

    class Meta(DrawnPaper.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "评委会会议纪要"
        constraints = [
            UniqueConstraint(fields=["meeting", "is_final"], name="one_specimen_and_one_final_minutes"),
            CheckConstraint(
                name="minutes_drawn_with_file",
                condition=~Q(state="drawn") | (~Q(pdf="") & Q(drawn_at__isnull=False)),
            ),
            CheckConstraint(name="minutes_parked_with_reason", condition=~Q(state="parked") | ~Q(problem="")),
        ]

    def __str__(self):
        return f"{self.meeting}纪要"
