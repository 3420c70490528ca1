from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms

from awards.programmes.models import Edition
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, day_field
from foshan_quality.permissions import Role

from .queries import candidates


def in_review():
    return Edition.objects.filter(state=Edition.State.REVIEW).select_related("programme__honour_kind")


class EditionForm(ActForm):
    """An edition in review."""

    edition = forms.ModelChoiceField(label="届次", queryset=in_review(), help_text="只列出评审中的届次")

    def fill(self):
        self.fields["edition"].initial = self.fields["edition"].queryset.first()


class PlaceFilter(forms.Form):
    """Which places of a ranking a page shows, and from which end."""

    q = forms.CharField(label="申报编号或单位", required=False, max_length=60)
    sort = forms.ChoiceField(label="顺序", required=False, choices=[("", "名次从前到后"), ("-place", "名次从后到前")])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_class = "filters board-filter sheet no-print"
        self.helper.layout = Layout("q", "sort", Submit("", "查询"))


class ShortlistForm(ActForm):
    """What is said about the shortlist, for the trail."""

    note = forms.CharField(label="说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class MeetingForm(EditionForm):
    """A sitting of the committee and who attends."""

    title = forms.CharField(label="会议名称", max_length=120)
    held_on = day_field("会议日期")
    members = forms.ModelMultipleChoiceField(
        label="出席评委",
        queryset=User.objects.filter(
            is_active=True, role_grants__role=Role.COMMITTEE, role_grants__ended_at=None
        ).order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        help_text="只勾选实际出席的评委；开始投票时按本届规则核对法定人数。",
    )

    def fill(self):
        super().fill()
        edition = self.fields["edition"].initial
        self.fields["title"].initial = f"{edition}评审委员会会议" if edition else ""
        self.fields["held_on"].initial = clock.today()

    def clean_members(self):
        return list(self.cleaned_data["members"])


class MemberRecusalForm(ActForm):
    """A member leaves the vote on one application."""

    member = forms.ModelChoiceField(label="评委", queryset=User.objects.none())
    application = forms.ChoiceField(label="申报")
    reason = forms.CharField(label="回避原因", max_length=200)

    def fill(self):
        self.fields["member"].queryset = User.objects.filter(attendances__meeting=self.record).order_by("name")
        self.by_pk = {str(a.pk): a for a in candidates(self.record)}
        self.fields["application"].choices = [("", "请选择"), *((pk, str(a)) for pk, a in self.by_pk.items())]

    def clean_application(self):
        return self.by_pk[self.cleaned_data["application"]]


class BallotForm(forms.Form):
    """The applications a member approves; none is a valid vote."""

    approved = forms.MultipleChoiceField(required=False)

    def __init__(self, *args, paper, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["approved"].choices = [(c.application.pk, str(c.application)) for c in paper]

    def clean_approved(self):
        return [int(pk) for pk in self.cleaned_data["approved"]]
