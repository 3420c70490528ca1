from crispy_forms.layout import Submit
from django import forms

from foshan_quality.lib.forms import DayField, framed


class OtherDayForm(forms.Form):
    """Another day than the one planned, and why. Knows which version of the plan was shown."""

    day = DayField(label="希望的日期")
    reason = forms.CharField(label="原因", widget=forms.Textarea(attrs={"rows": 3}), max_length=500)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("day", "reason", "version")
        self.helper.add_input(Submit("other", "请求另定日期", css_class="btn-outline-primary"))
