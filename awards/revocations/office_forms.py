from crispy_forms.layout import Fieldset, Layout
from django import forms

from awards.subsidies.clawbacks.actions import days_to_repay
from enterprises.files.forms import PaperField, PapersField
from foshan_quality.office_forms import ActForm, day_field

from .actions import EVIDENCE
from .models import Revocation
from .queries import revocable_honours

LONG = {"rows": 6}
OF_A_REVOCATION = ["issuer", "number", "title", "issued_on", "public_reason", "repay_by", "upload"]


class ProposeForm(ActForm):
    """Which honour, what is held against its holder, and on which ground."""

    honour = forms.ModelChoiceField(
        label="荣誉", queryset=revocable_honours(), help_text="只列出有效、单位已在平台登记的"
    )
    cause = forms.ChoiceField(label="事由", choices=[("", "请选择"), *Revocation.Cause.choices])
    facts = forms.CharField(
        label="事实", max_length=5000, widget=forms.Textarea(attrs=LONG), help_text="会原样告知单位，不写举报人信息"
    )
    basis = forms.CharField(label="依据", max_length=200, help_text="本市规定的名称和条款")
    uploads = PapersField(label="证据材料", accepted=EVIDENCE, required=False)


class EvidenceForm(ActForm):
    """More files of evidence."""

    uploads = PapersField(label="证据材料", accepted=EVIDENCE)


class HearForm(ActForm):
    """How the holder was heard."""

    heard_on = day_field("听取意见日期")
    record = forms.CharField(
        label="情况记录",
        max_length=5000,
        widget=forms.Textarea(attrs=LONG),
        help_text="方式、参加人、单位的意见和对意见的核查；逾期未陈述的写明",
    )


class DecideForm(ActForm):
    """The decision, from its sealed original."""

    outcome = forms.ChoiceField(label="决定", choices=[("", "请选择"), *Revocation.Outcome.choices])
    issuer = forms.CharField(label="决定机关", max_length=60, required=False, initial="佛山市人民政府")
    number = forms.CharField(label="文号", max_length=60, required=False, help_text="例如 佛府〔2026〕9号，用六角括号")
    title = forms.CharField(label="标题", max_length=200, required=False)
    issued_on = day_field("决定日期", required=False)
    public_reason = forms.CharField(
        label="公开的撤销原因", max_length=300, required=False, help_text="原样显示在获奖名录和证书核验页，不写个人信息"
    )
    repay_by = day_field("奖金退回期限", required=False)
    upload = PaperField(label="决定扫描件", accepted=("pdf", "jpeg", "png"), required=False)
    grounds = forms.CharField(label="理由", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def fill(self):
        days = days_to_repay(self.record.honour)
        self.fields["repay_by"].help_text = f"按决定所写；不填按本届规则，自生效次日起 {days} 天"
        self.helper.layout = Layout(
            "outcome",
            Fieldset("决定撤销的，都要填写（退回期限除外）", *OF_A_REVOCATION, css_class="part conditional"),
            Fieldset("决定不予撤销的，只填理由", "grounds", css_class="part conditional"),
        )
