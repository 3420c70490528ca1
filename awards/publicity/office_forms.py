from django import forms

from awards.process import State
from awards.programmes.models import Edition
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm

from .models import Notice

BODY = """根据{basis}，经资格审查、专家评审和评审委员会表决，拟授予名单所列单位{edition}。

现将拟奖名单予以公示，接受社会监督。

公示期为 {days} 个工作日，{start}起算，起止日期以本页所列为准。

公示期内，任何单位和个人对拟奖名单有异议的，可以通过本页“提出异议”或向秘书处书面提出。以单位名义提出的，应当加盖公章并写明联系人；以个人名义提出的，应当签署真实姓名并提供联系方式。匿名异议不予受理。异议人的信息予以保密。

本奖项不向申报单位收取任何费用。"""


def body_for(edition):
    """The notice's text with the edition's own data, to start from. One query."""
    rules = edition.settled
    basis = next(rule.document for rule in edition.rules.all() if rule.key == "quota")
    start = "自发布当日" if rules["notice_first_day_counted"] else "自发布次日"
    name, bracket, rest = basis.partition("（")
    return BODY.format(basis=f"《{name}》{bracket}{rest}", edition=edition, days=rules["notice_days"], start=start)


class NoticeForm(ActForm):
    """A notice of the proposed list; the names come from the register, not from here."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.filter(applications__state=State.PROPOSED)
        .select_related("programme__honour_kind")
        .distinct(),
        help_text="只列出有拟奖申报的届次；名单按登记名称自动列入。",
    )
    title = forms.CharField(label="标题", max_length=120)
    body = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 14}))

    def fill(self):
        edition = self.fields["edition"].queryset.prefetch_related("rules").first()
        if edition:
            self.fields["edition"].initial = edition
            self.fields["title"].initial = f"{edition}拟奖名单公示"
            self.fields["body"].initial = body_for(edition)


class ObjectionForm(ActForm):
    """An objection that came by letter or in person."""

    notice = forms.ModelChoiceField(label="公示", queryset=Notice.objects.none(), help_text="只列出公示期内的公示")
    application = forms.ChoiceField(label="被异议的单位")
    objector = forms.CharField(label="异议人", max_length=120, help_text="个人填真实姓名；单位填全称")
    contact = forms.CharField(label="联系方式", max_length=120)
    grounds = forms.CharField(label="事实与理由", widget=forms.Textarea(attrs={"rows": 8}), max_length=5000)

    def fill(self):
        notices = Notice.objects.open(clock.today())
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


class FindingForm(ActForm):
    """What the check of an objection found."""

    finding = forms.CharField(label="核查结论", widget=forms.Textarea(attrs={"rows": 6}), max_length=5000)
