from crispy_forms.layout import Submit
from django import forms

from foshan_quality.lib.forms import framed

from .catalogue import OPTIONAL


class CopiesForm(forms.Form):
    """Which messages also come by mail."""

    natures = forms.MultipleChoiceField(
        label="哪些消息同时发到邮箱",
        choices=[(nature.value, nature.label) for nature in OPTIONAL],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="待办须由您办理，总会同时发到邮箱。停发邮件不影响站内消息。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("natures", Submit("save", "保存"))
