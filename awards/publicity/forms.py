from crispy_forms.bootstrap import FormActions
from crispy_forms.layout import Fieldset, Submit
from django import forms

from foshan_quality.lib.forms import framed


class ObjectionForm(forms.Form):
    """A real-name objection to one name of a notice. The names come from the notice as published."""

    candidate = forms.TypedChoiceField(label="对哪个单位提出异议", coerce=int)
    grounds = forms.CharField(
        label="事实与理由",
        help_text="写明时间、地点、事实和证据线索，不超过 4000 字。书面证据可另送秘书处，注明回执号。",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    objector = forms.CharField(
        label="异议人", help_text="个人填真实姓名；单位填全称和联系人姓名。匿名异议不予受理。", max_length=120
    )
    contact = forms.CharField(label="联系方式", help_text="手机或固定电话，便于核查时联系。", max_length=120)
    is_true = forms.BooleanField(label="我以真实身份提出异议，并对所述内容的真实性负责")

    def __init__(self, *args, names, **kwargs):
        super().__init__(*args, **kwargs)
        options = [(n, row["name"]) for n, row in enumerate(names)]
        self.fields["candidate"].choices = [("", "请选择"), *options]
        self.helper = framed(
            Fieldset("异议内容", "candidate", "grounds"),
            Fieldset("异议人（不公开）", "objector", "contact", "is_true"),
            FormActions(Submit("submit", "提交异议")),
        )
