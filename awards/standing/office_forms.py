from django import forms

from foshan_quality.office_forms import ReasonForm

LINES = {"rows": 4}


class ExclusionForm(ReasonForm):
    """Why a record does not rule out, and the document that shows it."""

    reason = forms.CharField(label="排除理由", max_length=2000, widget=forms.Textarea(attrs=LINES))
    document = forms.CharField(label="依据文件", max_length=200, help_text="文号和名称，如撤销处罚决定、信用修复决定")


class ConfirmationForm(ReasonForm):
    """Why a record stands."""

    reason = forms.CharField(label="核查结论", max_length=2000, widget=forms.Textarea(attrs=LINES))
    document = forms.CharField(label="依据文件", max_length=200, required=False)
