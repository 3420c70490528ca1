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


class ShortlistForm(ActForm):
    """What is said about the shortlist, for the trail."""

    note = forms.CharField(label="说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
