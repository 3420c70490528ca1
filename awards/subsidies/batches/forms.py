from django import forms
from django.conf import settings

from foshan_quality.office_forms import ActForm

from .models import ENCODINGS, LAYOUTS
from .queries import payers_waiting, preview_of
from .result_actions import MOST_BYTES


class MakeBatchForm(ActForm):
    """Layout and encoding of the file; which payments go is on the page, and their digest goes back with the form."""

    payer = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)
    layout = forms.ChoiceField(label="版式", choices=LAYOUTS)
    encoding = forms.ChoiceField(label="编码", choices=ENCODINGS, help_text="财政系统只认 GBK 时选 GBK")

    def fill(self):
        self.payers = payers_waiting()
        first = self.payers[0][0] if self.payers else ""
        asked = self.data.get("payer") or self.initial.get("payer") or first
        payer = asked if asked in {row[0] for row in self.payers} else first
        self.preview = preview_of(payer)
        self.nothing = "" if self.payers else "没有已复核、待编入批次的拨付单。"
        self.initial |= {"payer": payer, "seen": self.preview.seen}
        self.fields["layout"].initial = settings.TREASURY_LAYOUT
        self.fields["encoding"].initial = settings.TREASURY_ENCODING

    def renew(self):
        """After a refusal the page shows what would go now; let the button confirm that."""
        if self.is_bound:
            self.data = self.data.copy()
            self.data["seen"], self.data["payer"] = self.preview.seen, self.preview.payer


class ResultUploadForm(ActForm):
    """An answer file of the treasury."""

    upload = forms.FileField(
        label="财政结果文件",
        widget=forms.FileInput(attrs={"accept": ".csv,.xml"}),
        help_text=f"CSV 或 XML，UTF-8 或 GBK，不超过 {MOST_BYTES // 2**20} MB",
        error_messages={"required": "请先选择文件，再点上传。没有读入。", "empty": "文件是空的。没有读入。"},
    )


class ResolveForm(ActForm):
    """How a difference was settled with the treasury."""

    note = forms.CharField(
        label="处理情况",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="向谁、以什么方式核对，结果如何；须更正的由财政另发结果文件",
    )
