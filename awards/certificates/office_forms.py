from django import forms

from awards.programmes.models import Edition
from foshan_quality.office_forms import ActForm


class IssueForm(ActForm):
    """An edition whose resolution is in force."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.filter(state=Edition.State.AWARDED).select_related("programme__honour_kind"),
        help_text="只列出批准文件已生效的届次",
    )

    def fill(self):
        self.fields["edition"].initial = self.fields["edition"].queryset.first()
