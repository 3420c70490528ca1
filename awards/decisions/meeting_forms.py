from django import forms
from django.db.models import Q

from awards.programmes.models import Edition
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, day_field
from foshan_quality.permissions import Role

from . import box
from .meeting_models import Attendance, CommitteeTerm
from .meeting_queries import attendance_of, candidates, freed_places
from .office_forms import EditionForm
from .voting import Choice

AGENDA = [
    "宣布到会情况，核对法定人数",
    "宣布回避事项",
    "听取评审情况汇报",
    "审议候选单位",
    "无记名投票",
    "宣布计票结果",
]


class TermForm(ActForm):
    """A member's term on the committee."""

    member = forms.ModelChoiceField(
        label="评委",
        queryset=User.objects.filter(
            is_active=True, role_grants__role=Role.COMMITTEE, role_grants__ended_at=None
        ).order_by("name"),
        help_text="只列出已有“评委会成员”角色的用户；角色由安全管理员授予",
    )
    post = forms.ChoiceField(label="职务", choices=CommitteeTerm.Post, initial=CommitteeTerm.Post.MEMBER)
    employer = forms.CharField(
        label="工作单位", max_length=120, required=False, help_text="用于与申报单位比对，相同的自动回避"
    )
    from_on = day_field("任期开始")
    until_on = day_field("任期最后一日", required=False, help_text="未定的留空")
    document = forms.CharField(label="任命文件", max_length=200, help_text="文件名称和文号")


class EndTermForm(ActForm):
    """Why a term ends early."""

    reason = forms.CharField(label="终止原因", max_length=200)


def votable():
    """Editions the committee can be called for: in review, or publicised with a freed place and rules that allow
    another vote. One query, and two for each edition whose rules do."""
    publicised = Edition.objects.filter(state__in=[Edition.State.PUBLICITY, Edition.State.AWARDED])
    again = publicised.filter(rules__key="another_vote", rules__value="是")
    freed = [edition.pk for edition in again if freed_places(edition) > 0]
    called = Edition.objects.filter(Q(state=Edition.State.REVIEW) | Q(pk__in=freed))
    return called.select_related("programme__honour_kind")


class MeetingForm(EditionForm):
    """A sitting of the committee."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.none(),
        help_text="评审中的届次；本届规则允许再次表决的，还有公示后空出名额的届次",
    )
    title = forms.CharField(label="会议名称", max_length=120)
    held_on = day_field("会议日期")
    starts_at = forms.TimeField(
        label="时间",
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text="北京时间",
    )
    place = forms.CharField(label="地点", max_length=120, required=False)
    agenda = forms.CharField(
        label="议程", widget=forms.Textarea(attrs={"rows": 7}), max_length=2000, help_text="一行一项，按先后"
    )

    def fill(self):
        self.fields["edition"].queryset = votable()
        super().fill()
        edition = self.fields["edition"].initial
        self.fields["title"].initial = f"{edition}评审委员会会议" if edition else ""
        self.fields["held_on"].initial = clock.today()
        self.fields["agenda"].initial = "\n".join(AGENDA)

    def clean_agenda(self):
        return [line.strip() for line in self.cleaned_data["agenda"].splitlines() if line.strip()]


class PostponeForm(ActForm):
    """The new day, hour and place of a meeting, and why."""

    held_on = day_field("新的会议日期")
    starts_at = forms.TimeField(
        label="时间",
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text="北京时间",
    )
    place = forms.CharField(label="地点", max_length=120, required=False)
    reason = forms.CharField(
        label="改期原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text="随通知告知每名评委"
    )

    def fill(self):
        for name in ("held_on", "starts_at", "place"):
            self.fields[name].initial = getattr(self.record, name)


class AttendanceForm(ActForm):
    """Who came: one line a member, with the reason of whoever is away."""

    def fill(self):
        self.seats = attendance_of(self.record)
        for seat in self.seats:
            key = seat.member_id
            self.fields[f"presence_{key}"] = forms.ChoiceField(
                label=str(seat), choices=Attendance.Presence, initial=seat.presence
            )
            self.fields[f"reason_{key}"] = forms.CharField(
                label=f"{seat.member}缺席或离场的原因", max_length=200, required=False, initial=seat.reason
            )

    def clean(self):
        given = super().clean()
        keys = [seat.member_id for seat in self.seats if f"presence_{seat.member_id}" in given]
        return {"marks": {key: (given[f"presence_{key}"], given.get(f"reason_{key}", "")) for key in keys}}


class RecusalForm(ActForm):
    """A member leaves the vote on one application by the own word."""

    application = forms.ChoiceField(label="申报")
    reason = forms.CharField(label="回避原因", max_length=200)

    def fill(self):
        self.by_pk = {str(a.pk): a for a in candidates(self.record)}
        self.fields["application"].choices = [("", "请选择"), *((pk, str(a)) for pk, a in self.by_pk.items())]

    def clean_application(self):
        return self.by_pk[self.cleaned_data["application"]]


class MemberRecusalForm(RecusalForm):
    """The same, entered by the secretariat."""

    member = forms.ModelChoiceField(label="评委", queryset=User.objects.none())
    field_order = ["member", "application", "reason"]

    def fill(self):
        super().fill()
        self.fields["member"].queryset = User.objects.filter(attendances__meeting=self.record).order_by("name")


class VoidForm(ActForm):
    """Why a round is given up."""

    reason = forms.CharField(label="作废原因", max_length=200)


class EndRoundsForm(ActForm):
    """Why nobody votes again although the rules would have it."""

    reason = forms.CharField(label="原因", max_length=200)


class BallotForm(forms.Form):
    """A choice for each candidate; none is an abstention. The receipt comes back from the page that asks once more."""

    receipt = forms.CharField(required=False, max_length=60)

    def __init__(self, *args, paper, **kwargs):
        super().__init__(*args, **kwargs)
        self.paper = paper
        for line in paper:
            self.fields[f"choice-{line.application.pk}"] = forms.ChoiceField(required=False, choices=Choice)

    def clean_receipt(self):
        text = self.cleaned_data["receipt"]
        try:
            return box.plain_receipt(text) if text else ""
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from None

    @property
    def chosen(self):
        """Every line with what was chosen, an abstention where nothing was; nothing on a recusal."""
        given = self.cleaned_data
        return [
            (line, None if line.recusal else Choice(given.get(f"choice-{line.application.pk}") or Choice.ABSTAIN))
            for line in self.paper
        ]

    def keys(self, choice):
        """The applications this choice was made on, also those that may not be voted on."""
        return [
            line.application.pk
            for line in self.paper
            if self.cleaned_data.get(f"choice-{line.application.pk}") == choice
        ]


class ReceiptForm(forms.Form):
    """A voter's receipt, to look for its slips."""

    receipt = forms.CharField(label="选票凭证", max_length=60)

    def clean_receipt(self):
        try:
            return box.plain_receipt(self.cleaned_data["receipt"])
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from None
