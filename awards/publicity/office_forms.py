from django import forms

from awards.process import State
from awards.programmes.models import Edition, Programme
from awards.programmes.queries import calendar
from enterprises.files.forms import PapersField
from foshan_quality.lib import clock, workdays
from foshan_quality.office_forms import ActForm, ReasonForm, day_field, moment_field

from .actions import EVIDENCE, MOST_FILES, MOST_MEGABYTES
from .filling import OF_NOTICES, OF_PAPERS
from .models import Notice, Objection, TextTemplate
from .queries import text_of
from .text_actions import places_for


class FewPapersField(PapersField):
    """A few papers picked at once; none is fine too."""

    MOST = MOST_FILES

    def __init__(self, **kwargs):
        super().__init__(accepted=EVIDENCE, max_megabytes=MOST_MEGABYTES, required=False, **kwargs)
        self.help_text = f"{self.help_text}；最多 {MOST_FILES} 个"

    def clean(self, data, initial=None):
        return super().clean(data, initial) if data else []


class NoticeForm(ActForm):
    """A notice of the proposed list; names come from the register, words from the template."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.filter(applications__state=State.PROPOSED)
        .select_related("programme__honour_kind")
        .distinct(),
        help_text="只列出有拟奖申报的届次；名单按登记名称自动列入。",
    )
    title = forms.CharField(
        label="标题", max_length=120, required=False, help_text="留空即按公文模板；拟定后还可以修改"
    )
    body = forms.CharField(
        label="正文",
        widget=forms.Textarea(attrs={"rows": 8}),
        required=False,
        help_text="留空即按公文模板填入本届数据；拟定后还可以修改，与模板不同之处会标出",
    )

    def fill(self):
        self.fields["edition"].initial = self.fields["edition"].queryset.first()


class CorrectionForm(ActForm):
    """Why a released notice is replaced."""

    because = forms.CharField(
        label="更正原因",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        help_text="印在更正后的公示上，公众可见；不写个人信息",
    )


class NoticeTextForm(ActForm):
    """The words of a draft."""

    title = forms.CharField(label="标题", max_length=120)
    body = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 16}))

    def fill(self):
        self.initial.setdefault("title", self.record.title)
        self.initial.setdefault("body", self.record.body)


class ReleaseForm(ActForm):
    """Now, or at a minute."""

    publish_at = moment_field("定时发布时间", required=False)

    def fill(self):
        self.fields["publish_at"].help_text = "北京时间；留空即立即发布。到时由系统时钟发布，公示期从发布日算起"


class TextForm(ActForm):
    """A new version of a programme's text."""

    title = forms.CharField(label="标题", max_length=120)
    to = forms.CharField(label="主送", max_length=120, required=False, help_text="公示没有主送")
    body = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 16}))
    source = forms.CharField(label="依据", max_length=120, help_text="经谁核定、何时核定")

    def fill(self):
        places = "、".join(f"{{{place}}}" for place in places_for(self.record.kind if self.record else ""))
        self.fields["body"].help_text = f"可用的占位符：{places}"
        for name in ("title", "to", "body"):
            self.initial.setdefault(name, getattr(self.record, name, ""))


class NewTextForm(TextForm):
    """The same for a programme and kind chosen here; it begins with the text in force for the notice."""

    programme = forms.ModelChoiceField(
        label="奖项", queryset=Programme.objects.select_related("honour_kind"), empty_label=None
    )
    kind = forms.ChoiceField(label="文种", choices=TextTemplate.Kind)

    field_order = ["programme", "kind"]

    def fill(self):
        kind = self.initial.get("kind") or TextTemplate.Kind.NOTICE
        programme = self.fields["programme"].queryset.first()
        self.record = text_of(programme, kind if kind in TextTemplate.Kind.values else TextTemplate.Kind.NOTICE)
        super().fill()
        others = "、".join(f"{{{place}}}" for place in OF_PAPERS if place not in OF_NOTICES)
        self.fields["body"].help_text += f"；通知、请示、通报另有：{others}，没有 {{工作日数}} 和 {{起算}}"
        self.record = None


class ObjectionForm(ActForm):
    """An objection that came by letter or in person."""

    notice = forms.ModelChoiceField(label="公示", queryset=Notice.objects.none(), help_text="只列出公示期内的公示")
    application = forms.ChoiceField(label="被异议的单位")
    objector = forms.CharField(label="异议人", max_length=120, help_text="个人填真实姓名；单位填全称")
    contact = forms.CharField(label="联系方式", max_length=120)
    grounds = forms.CharField(label="事实与理由", widget=forms.Textarea(attrs={"rows": 8}), max_length=5000)
    uploads = FewPapersField(label="书面材料的扫描件")

    def fill(self):
        notices = Notice.objects.open(clock.now())
        self.fields["notice"].queryset = notices
        names = {str(row["application"]): row["name"] for notice in notices for row in notice.names}
        self.fields["application"].choices = [("", "请选择"), *names.items()]

    def clean(self):
        given = super().clean()
        if given.get("notice") and given.get("application"):
            edition = given["notice"].edition
            given["application"] = edition.applications.filter(pk=given["application"]).first()
            if given["application"] is None:
                self.add_error("application", "该单位不在所选公示的名单中，没有登记。")
        return given


class StatementForm(ActForm):
    """What the applicant shall say something to, and by when."""

    facts = forms.CharField(
        label="需要说明的事实",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=5000,
        help_text="只写事实。不写异议人的姓名、单位、联系方式，也不写能推知其身份的内容",
    )
    due_on = day_field("答复期限")

    def fill(self):
        self.initial.setdefault("due_on", _in_working_days(3))
        if self.record.examine_by:
            self.fields["due_on"].help_text = f"异议核查期限为 {self.record.examine_by}"


def _in_working_days(count):
    try:
        return workdays.last_day(clock.today(), count, calendar(), first_day_counted=False)
    except workdays.BeyondCalendar:
        return None


class FindingForm(ActForm):
    """What the check of an objection found, for a second person to confirm."""

    outcome = forms.ChoiceField(label="拟作结论", choices=[("", "请选择"), *Objection.OUTCOMES])
    finding = forms.CharField(
        label="核查结论及理由",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=5000,
        help_text="确认后写入给异议人的答复；不写他人的个人信息和企业的商业秘密",
    )

    def fill(self):
        self.initial.setdefault("outcome", self.record.proposed_outcome)
        self.initial.setdefault("finding", self.record.finding)


class RevealForm(ReasonForm):
    """Why the objector's name and contact are needed."""
