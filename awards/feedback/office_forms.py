from django import forms

from awards.programmes.models import Edition
from foshan_quality.office_forms import ActForm, KeptForm

from .queries import editions_to_draft, editions_to_release


class DraftForm(ActForm):
    """Which edition's feedback is drafted."""

    edition = forms.ModelChoiceField(label="届次", queryset=Edition.objects.none(), empty_label="请选择")

    def fill(self):
        self.fields["edition"].queryset = editions_to_draft()


class ReleaseForm(DraftForm):
    """Which edition's feedback is released."""

    def fill(self):
        self.fields["edition"].queryset = editions_to_release()


class WriteForm(KeptForm):
    """Strengths and improvements by category, and which version was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        self.initial["version"] = self.record.version
        self.codes = []
        for part in self.record.parts.select_related("category"):
            self.codes.append(part.category.code)
            for name, label in (("strengths", "优势"), ("improvements", "改进机会")):
                self.fields[f"{name}_{part.category.code}"] = forms.CharField(
                    label=f"{part.category} {label}",
                    widget=forms.Textarea(attrs={"rows": 5}),
                    max_length=8000,
                    required=False,
                    initial=getattr(part, name),
                )

    def clean(self):
        """What the action takes: `parts` of all categories, and `version`."""
        given = self.cleaned_data
        parts = {
            code: (given.get(f"strengths_{code}", ""), given.get(f"improvements_{code}", "")) for code in self.codes
        }
        return {"parts": parts, "version": given.get("version")}
