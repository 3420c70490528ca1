from django import forms

from foshan_quality.office_forms import ReasonForm


class CorrectionForm(ReasonForm):
    """What has to be corrected, all at once (一次性告知)."""

    reason = forms.CharField(
        label="需要补正的内容",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=2000,
        help_text="一次性列明全部需要补正的内容；申报单位会原样看到。",
    )


class RefusalForm(ReasonForm):
    """Why a dossier is refused, and by which clause."""

    reason = forms.CharField(
        label="不予受理的理由",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="申报单位会原样看到。",
    )
    basis = forms.CharField(label="依据条款", max_length=200, help_text="文件名称和条款")
