import unicodedata

from crispy_forms.bootstrap import FormActions
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.core.exceptions import ValidationError

from foshan_quality.lib.forms import framed

from .signing import MOST_BYTES
from .wording import key_of

LOOKALIKES = str.maketrans("OI", "01")  # codes have neither letter


def tidy_code(text: str) -> str:
    """The code as printed, however it was typed: half width, upper case, without spaces and dashes."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in plain if c.isascii() and c.isalnum()).translate(LOOKALIKES)


class VerifyForm(forms.Form):
    """Number and code as somebody types them off the paper."""

    number = forms.CharField(
        label="证书编号",
        max_length=80,
        help_text="印在证书左下角二维码旁，例如 佛质奖证〔2026〕7-1号；括号和空格怎样输入都可以。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    code = forms.CharField(
        label="核验码",
        max_length=80,
        help_text="编号下方的 26 位字母和数字；空格、大小写不影响核验。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_method, self.helper.form_action = "get", "verify_form"
        self.helper.layout = Layout("number", "code", FormActions(Submit("", "核验")))

    def clean_number(self):
        if not key_of(self.cleaned_data["number"]):
            raise ValidationError("请输入证书编号，例如 佛质奖证〔2026〕7-1号。")
        return self.cleaned_data["number"]

    def clean_code(self):
        code = tidy_code(self.cleaned_data["code"])
        if not code:
            raise ValidationError("请输入证书上的核验码，由字母和数字组成。")
        return code


class FileForm(forms.Form):
    """A certificate's PDF file, to be compared with the issued one. Judges only its size."""

    file = forms.FileField(
        label="证书 PDF 文件",
        help_text=f"从电脑或手机中选取，也可以把文件拖进来；不超过 {MOST_BYTES // 1024 // 1024} MB。只作比对，不保存。",
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        error_messages={"required": "请先选择文件，再点核验。", "empty": "文件是空的，请重新选择。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("file", FormActions(Submit("", "核验文件")))
        self.helper.form_action = "verify_file"

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise ValidationError(f"文件超过 {MOST_BYTES // 1024 // 1024} MB，证书文件没有这么大，请检查是否选错。")
        return upload
