from django import forms

from awards.programmes.models import Edition
from enterprises.files.forms import PdfField
from foshan_quality.office_forms import ActForm

from .models import Paper


class PaperForm(ActForm):
    """Which paper, of which edition; its words come from the template."""

    edition = forms.ModelChoiceField(
        label="届次", queryset=Edition.objects.select_related("programme__honour_kind"), empty_label=None
    )
    kind = forms.ChoiceField(label="文种", choices=Paper.KINDS)


class PaperTextForm(ActForm):
    """The words of a draft."""

    title = forms.CharField(label="标题", max_length=120)
    to = forms.CharField(label="主送", max_length=120)
    body = forms.CharField(
        label="正文",
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text="一行一段；“一、”“（一）”开头的行按层次标题排印",
    )

    def fill(self):
        for name in ("title", "to", "body"):
            self.initial.setdefault(name, getattr(self.record, name))


class SealedForm(ActForm):
    """The scan of the sealed original."""

    upload = PdfField(label="用印件扫描件")
