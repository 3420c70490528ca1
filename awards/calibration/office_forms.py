from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms

from enterprises.districts import District

from .board import FLAGS, SORTS


class BoardFilter(forms.Form):
    """What the board shows, and in which order. Everything may stay empty."""

    edition = forms.ChoiceField(label="届次", required=False)
    q = forms.CharField(label="编号或单位", required=False, max_length=60)
    flag = forms.ChoiceField(label="标记", required=False, choices=[("", "全部"), *FLAGS.items()])
    district = forms.ChoiceField(label="所在区", required=False, choices=[("", "全部"), *District.choices])
    sort = forms.ChoiceField(
        required=False, widget=forms.HiddenInput, choices=[(f"{way}{name}", "") for name in SORTS for way in ("", "-")]
    )

    def __init__(self, *args, editions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["edition"].choices = [(str(edition.pk), str(edition)) for edition in editions]
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_class = "filters board-filter sheet"
        self.helper.layout = Layout("edition", "q", "flag", "district", "sort", Submit("", "查询"))
