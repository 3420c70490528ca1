from crispy_forms.bootstrap import FormActions, InlineRadios
from crispy_forms.layout import Submit
from django import forms

from foshan_quality.lib.forms import framed


class AuthorisationForm(forms.Form):
    """A leader's word on a special payment; a no wants a reason."""

    AUTHORISE, DECLINE = "authorise", "decline"

    decision = forms.ChoiceField(
        label="决定", choices=[(AUTHORISE, "授权"), (DECLINE, "不予授权")], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="不予授权的理由",
        required=False,
        max_length=1000,
        help_text="选择“不予授权”时必填，经办人员可以看到。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed(InlineRadios("decision"), "reason", FormActions(Submit("submit", "确认决定")))

    def clean(self):
        values = super().clean()
        if values.get("decision") == self.DECLINE and not values.get("reason"):
            self.add_error("reason", "请写明不予授权的理由。")
        return values
