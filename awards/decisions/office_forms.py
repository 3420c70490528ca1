from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms

from awards.programmes.models import Edition
from foshan_quality.office_forms import ActForm


def in_review():
    return Edition.objects.filter(state=Edition.State.REVIEW).select_related("programme__honour_kind")


class EditionForm(ActForm):
    """An edition in review."""

    edition = forms.ModelChoiceField(label="届次", queryset=in_review(), help_text="只列出评审中的届次")

    def fill(self):
        self.fields["edition"].initial = self.fields["edition"].queryset.first()


class PlaceFilter(forms.Form):
    """Which places of a ranking a page shows, and from which end."""

    q = forms.CharField(label="申报编号或单位", required=False, max_length=60)
    sort = forms.ChoiceField(label="顺序", required=False, choices=[("", "名次从前到后"), ("-place", "名次从后到前")])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_class = "filters board-filter sheet no-print"
        self.helper.layout = Layout("q", "sort", Submit("", "查询"))


class ShortlistForm(ActForm):
    """What is said about the shortlist, for the trail."""

    note = forms.CharField(label="说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
