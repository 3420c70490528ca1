from crispy_forms.layout import Column, Row, Submit
from django import forms

from foshan_quality.lib.forms import DayField, framed


class AppointmentForm(forms.Form):
    """Who was appointed, by which paper."""

    name = forms.CharField(label="姓名", max_length=60)
    post = forms.CharField(label="职务", max_length=60, help_text="例如 副总经理、质量总监")
    appointed_on = DayField(label="任命日期", help_text="例如 2024-03-01，与任命文件一致")
    trained_on = DayField(label="培训合格日期", required=False, help_text="还没有参加培训的留空")
    certificate_number = forms.CharField(label="证书编号", max_length=60, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed(
            Row(Column("name"), Column("post")),
            "appointed_on",
            Row(Column("trained_on"), Column("certificate_number")),
            Submit("appoint", "登记"),
        )


class EndForm(forms.Form):
    """The last day in office."""

    ended_on = DayField(label="离任日期", help_text="例如 2026-03-01")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("ended_on", Submit("end", "登记离任"))
