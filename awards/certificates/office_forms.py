from django import forms

from awards.programmes.models import Edition, Programme
from foshan_quality.office_forms import ActForm

from .models import CertificateTemplate, Replacement
from .wording import PLACEHOLDERS


class IssueForm(ActForm):
    """An edition whose resolution is in force."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.filter(state=Edition.State.AWARDED).select_related("programme__honour_kind"),
        help_text="只列出批准文件已生效的届次",
    )

    def fill(self):
        self.fields["edition"].initial = self.fields["edition"].queryset.first()


class ReplacementForm(ActForm):
    """Why a new certificate, and for a correction the right name with its proof."""

    kind = forms.ChoiceField(label="办理", choices=Replacement.Kind.choices, widget=forms.RadioSelect)
    printed_name = forms.CharField(
        label="新证书上的单位名称", max_length=120, help_text="换发时不改；更正时填写正确的登记名称"
    )
    document = forms.CharField(
        label="依据材料", max_length=120, required=False, help_text="更正必填，例如登记机关出具的证明及其编号"
    )
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}), max_length=300)

    def fill(self):
        self.fields["printed_name"].initial = self.record.printed_name


class TemplateForm(ActForm):
    """The words and the layout of a new version; the version in use fills the form in."""

    programme = forms.ModelChoiceField(label="奖项", queryset=Programme.objects.select_related("honour_kind"))
    edition = forms.ModelChoiceField(
        label="只用于届次",
        queryset=Edition.objects.select_related("programme__honour_kind"),
        required=False,
        empty_label="本奖项今后各届",
    )
    layout = forms.ChoiceField(label="版式", choices=CertificateTemplate._meta.get_field("layout").choices)
    title = forms.CharField(label="标题", max_length=20)
    opening = forms.CharField(label="授予语", max_length=60)
    middle = forms.CharField(label="荣誉上方一行", max_length=40, required=False)
    honour_line = forms.CharField(label="荣誉", max_length=30)
    note = forms.CharField(label="用印处说明", max_length=40, required=False)
    shows_issuer = forms.BooleanField(label="印发证机关", required=False)
    shows_date = forms.BooleanField(label="印发证日期", required=False)
    renumbering = forms.ChoiceField(label="换发、更正的编号", choices=CertificateTemplate.Renumbering.choices)
    document = forms.CharField(label="依据文件", max_length=120)
    is_confirmed = forms.BooleanField(label="本市规定", required=False, help_text="未勾选的为参考值")

    def fill(self):
        marks = "、".join(f"{{{mark}}} {meaning}" for mark, meaning in PLACEHOLDERS.items())
        self.fields["opening"].help_text = f"可用占位符：{marks}。单位名称、编号和核验码由系统印在固定位置。"
        last = CertificateTemplate.objects.filter(state="adopted").order_by("-pk").first()
        for name in self.fields if last else ():
            self.fields[name].initial = getattr(last, name)
