from crispy_forms.layout import Submit
from django import forms

from enterprises.files.forms import PaperField
from foshan_quality.lib.forms import framed

from .actions import STATED


class StatementForm(forms.Form):
    """What the holder says in its own case, with one file if it likes."""

    text = forms.CharField(label="陈述申辩", widget=forms.Textarea(attrs={"rows": 8}), max_length=5000)
    upload = PaperField(label="附件", accepted=STATED, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("text", "upload")
        self.helper.add_input(Submit("state", "提交陈述申辩"))
