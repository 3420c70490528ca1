from crispy_forms.layout import Fieldset, Layout
from django import forms

from awards.programmes.models import SEASON_OVER, Edition
from enterprises.credit.sandbox import MOST_BYTES
from enterprises.districts import District
from enterprises.people.models import User
from foshan_quality.office_forms import ActForm, day_field, moment_field
from foshan_quality.permissions import Role

from .loading import default_pledge
from .models import ConductEntry, Interest
from .pool_actions import MOST_ROWS
from .queries import entered_interests, names_to_declare, not_yet_invited, text_in_force

SMALL = forms.Textarea(attrs={"rows": 3})
KINDS = [("", "请选择"), *Interest.Kind.choices]
NO_TIE = "none"


def live_editions():
    """Editions whose review is not over, newest first."""
    return Edition.objects.exclude(state__in=SEASON_OVER).select_related("programme__honour_kind")


def edition_at_hand():
    """The edition under review, or else the newest whose review is not over; None when there is none."""
    editions = list(live_editions())
    return next((e for e in editions if e.state == Edition.State.REVIEW), editions[0] if editions else None)


class EnrolForm(ActForm):
    """A holder of the expert role enters the pool; or what the pool says of one is brought up to date."""

    user = forms.ModelChoiceField(
        label="人员",
        queryset=User.objects.filter(
            is_active=True, expert=None, role_grants__role=Role.EXPERT, role_grants__ended_at=None
        ).order_by("name"),
        help_text="名单为已有“评审专家”角色、尚未入库的人员；角色由安全管理员授予。",
    )
    employer = forms.CharField(label="工作单位", max_length=120, help_text="全称；用于判断应当回避的情形")
    employer_code = forms.CharField(label="工作单位信用代码", max_length=18, required=False)
    employer_group = forms.CharField(label="所属集团", max_length=120, required=False, help_text="没有则留空")
    left_on = day_field("离开原单位日期", required=False, help_text="变更工作单位时填；原单位自动记为曾任职")
    district_code = forms.ChoiceField(
        label="所在区", choices=[("", "市外或不在本市"), *District.choices], required=False
    )
    title = forms.CharField(label="职称", max_length=60, required=False)
    fields = forms.CharField(
        label="专业领域",
        max_length=200,
        required=False,
        help_text="用顿号分开，如 装备制造、质量管理；与申报单位所属行业对照",
    )
    may_head = forms.BooleanField(label="可任组长", required=False, initial=True)

    def fill(self):
        if self.record:
            del self.fields["user"]
            self.initial = {
                name: getattr(self.record, name) for name in self.fields if name != "left_on"
            } | self.initial
        else:
            del self.fields["left_on"]


class PoolFileForm(ActForm):
    """A workbook of experts."""

    upload = forms.FileField(
        label="表格文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=f".xlsx，不超过 {MOST_BYTES // 1024 // 1024} MB、{MOST_ROWS} 行，数据放在第一个工作表",
        error_messages={"required": "请先选择文件，再点上传。没有读取。", "empty": "文件是空的。没有读取。"},
    )


class TakeForm(ActForm):
    """A file that was tried, sealed, and the digest of the report on the page."""

    parcel = forms.CharField(widget=forms.HiddenInput, error_messages={"required": "请先上传文件试算。没有写入。"})
    seen = forms.CharField(widget=forms.HiddenInput, error_messages={"required": "请先上传文件试算。没有写入。"})


class TrainingForm(ActForm):
    """A course for reviewers."""

    course = forms.CharField(label="培训", max_length=120)
    held_on = day_field("日期")
    hours = forms.IntegerField(label="学时", min_value=1, max_value=1000)
    result = forms.CharField(label="结果", max_length=60, required=False, help_text="如 考核合格")


class ConductForm(ActForm):
    """One entry of the conduct file."""

    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *ConductEntry.Kind.choices])
    text = forms.CharField(label="事由", max_length=2000, widget=SMALL)


class InterestForm(ActForm):
    """What ties an expert to an organisation."""

    kind = forms.ChoiceField(label="关系", choices=KINDS)
    organisation_name = forms.CharField(label="单位名称", max_length=120, help_text="登记全称")
    credit_code = forms.CharField(label="统一社会信用代码", max_length=40, required=False)
    ended_on = day_field("终止日期", required=False, help_text="仍然存在的留空")
    detail = forms.CharField(label="说明", max_length=2000, widget=SMALL)


class VoidForm(ActForm):
    """Which interest was entered in error, and why."""

    interest = forms.ModelChoiceField(label="利害关系", queryset=Interest.objects.none())
    reason = forms.CharField(label="理由", max_length=2000, widget=SMALL)

    def fill(self):
        self.fields["interest"].queryset = self.record.interests.standing().select_related("expert__user")


class InviteForm(ActForm):
    """Experts of the pool for one edition, and until when they may answer."""

    edition = forms.ModelChoiceField(label="届次", queryset=Edition.objects.none())
    experts = forms.ModelMultipleChoiceField(
        label="专家", queryset=None, widget=forms.CheckboxSelectMultiple, help_text="列出最近一届还没有邀请过的在库专家"
    )
    answer_by = moment_field("答复期限")

    def fill(self):
        newest = edition_at_hand()
        self.fields["edition"].queryset, self.fields["edition"].initial = live_editions(), newest
        self.fields["experts"].queryset = not_yet_invited(newest)
        self.helper.layout = Layout(Fieldset("邀请", "edition", "answer_by"), Fieldset("专家", "experts"))


class AgainForm(ActForm):
    """Until when the expert may answer this time."""

    answer_by = moment_field("答复期限")


class AcceptForm(ActForm):
    """How many days the expert has for the edition."""

    days = forms.IntegerField(
        label="本届可投入（天）", min_value=1, max_value=200, help_text="用于确定您最多承担多少件"
    )


class DeclineForm(ActForm):
    """Why not, if the expert wants to say."""

    reason = forms.CharField(label="原因", max_length=500, required=False, widget=SMALL)


class PledgeForm(ActForm):
    """The promise as shown is signed with the person's name."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    signed_name = forms.CharField(label="签署姓名", max_length=60, help_text="请键入本人姓名，与账号姓名一致")

    def fill(self):
        self.text = text_in_force(self.record.edition)
        self.fields["version"].initial = self.text.version if self.text else 0

    def renew(self):
        """After a refusal the page shows the newest version; let the button sign that one."""
        if self.is_bound and self.text:
            self.data = self.data.copy()
            self.data["version"] = self.text.version


class DeclarationForm(ActForm):
    """The applicants' names, each with what ties the expert to it, in words of its own; 没有 unless told otherwise."""

    is_true = forms.BooleanField(label="本人声明：除以上写明和已登记的以外，与列出的各单位没有利害关系")

    def fill(self):
        self.known = entered_interests(self.record.expert)
        self.cases = names_to_declare(self.record.edition)
        for case in self.cases:
            self._add(case.pk, case.organisation.name)
        self.order_fields([name for name in self.fields if name != "is_true"])

    def _add(self, key, name):
        self.fields[f"kind_{key}"] = forms.ChoiceField(
            label=f"与{name}的关系",
            choices=[(NO_TIE, "没有"), *Interest.Kind.choices],
            initial=NO_TIE,
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"required": "这家单位在您打开本页之后才受理，请核对后选择。"},
        )
        self.fields[f"detail_{key}"] = forms.CharField(
            label=f"与{name}的关系说明",
            max_length=2000,
            required=False,
            widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "说明，如 2025 年 3 月做过导入辅导"}),
        )

    @property
    def rows(self):
        """Each applicant's name with its two fields and what is entered already."""
        return [
            (
                case.organisation.name,
                self[f"kind_{case.pk}"],
                self[f"detail_{case.pk}"],
                self.known.get(case.organisation.credit_code) or self.known.get(case.organisation.name, ""),
            )
            for case in self.cases
        ]

    def clean(self):
        """What the act takes: the firms shown, and of those with an interest the kind and the words."""
        given, ties = super().clean(), {}
        for case in self.cases:
            kind, words = given.get(f"kind_{case.pk}"), given.get(f"detail_{case.pk}", "")
            if kind == NO_TIE and words:
                self.add_error(f"kind_{case.pk}", "写了说明，请选择是什么关系；没有关系的，请清空说明。")
            elif kind and kind != NO_TIE:
                ties[case.pk] = (kind, words)
        return {"ties": ties, "shown": [case.pk for case in self.cases]}


class PledgeTextForm(ActForm):
    """The promise of an edition, from the one in force or the reference text."""

    edition = forms.ModelChoiceField(label="届次", queryset=Edition.objects.none())
    text = forms.CharField(
        label="承诺书全文", widget=forms.Textarea(attrs={"rows": 14}), help_text="没有核定过的列出参考文本"
    )

    def fill(self):
        newest = edition_at_hand()
        self.fields["edition"].queryset, self.fields["edition"].initial = live_editions(), newest
        found = text_in_force(newest) if newest else None
        self.fields["text"].initial = found.text if found else default_pledge()
