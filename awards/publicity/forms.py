from crispy_forms.bootstrap import FormActions
from crispy_forms.layout import HTML, Fieldset, Submit
from django import forms

from foshan_quality.lib.forms import framed

from .office_forms import FewPapersField

KINDS = [("person", "个人"), ("unit", "单位")]


class ObjectionForm(forms.Form):
    """A real-name objection to one name of a notice. The names come from the notice as published."""

    candidate = forms.TypedChoiceField(label="对哪个单位提出异议", coerce=int)
    grounds = forms.CharField(
        label="事实与理由",
        help_text="写明时间、地点、事实和证据线索，不超过 4000 字。",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    uploads = FewPapersField(label="证据材料")
    objector = forms.CharField(
        label="异议人", help_text="个人填真实姓名；单位填全称和联系人姓名。匿名异议不予受理。", max_length=120
    )
    contact = forms.CharField(label="联系方式", help_text="手机或固定电话，便于核查时联系。", max_length=120)
    is_true = forms.BooleanField(label="我以真实身份提出异议，并对所述内容的真实性负责")

    MISSING = {
        "candidate": "请选择对哪个单位提出异议。",
        "grounds": "请写明事实与理由。",
        "objector": "请填写异议人。匿名异议不予受理。",
        "contact": "请填写联系方式，便于核查时联系。",
        "is_true": "请勾选，确认以真实身份提出。",
    }

    def __init__(self, *args, names, **kwargs):
        super().__init__(*args, **kwargs)
        for name, words in self.MISSING.items():
            self.fields[name].error_messages["required"] = words
        options = [(n, row["name"]) for n, row in enumerate(names)]
        self.fields["candidate"].choices = [("", "请选择"), *options]
        self.fields["uploads"].help_text += "。没有可以不传；不要上传身份证件。"
        self.helper = framed(
            Fieldset("异议内容", "candidate", "grounds", "uploads"),
            Fieldset("异议人（不公开）", "objector", "contact", "is_true"),
            FormActions(Submit("submit", "提交异议")),
        )


class LookUpForm(forms.Form):
    """The receipt and the code that an objection was answered with."""

    receipt = forms.CharField(label="回执号", max_length=40)
    code = forms.CharField(label="查询码", max_length=60, help_text="提交异议后显示的 26 位字母和数字")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("receipt", "code", FormActions(Submit("find", "查询")))


class TakeBackForm(forms.Form):
    """Whoever objected takes it back."""

    reason = forms.CharField(label="撤回说明", widget=forms.Textarea(attrs={"rows": 3}), max_length=500)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed(
            "reason",
            HTML("<p class='quiet'>撤回后材料保留，不再答复；公示期内可以重新提出。</p>"),
            FormActions(Submit("take_back", "撤回异议", css_class="btn-outline-danger")),
        )


class AnswerForm(forms.Form):
    """What the applicant says to the facts of an objection."""

    answer = forms.CharField(label="情况说明", widget=forms.Textarea(attrs={"rows": 10}), max_length=8000)
    uploads = FewPapersField(label="证明材料")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("answer", "uploads", FormActions(Submit("give", "提交说明")))
