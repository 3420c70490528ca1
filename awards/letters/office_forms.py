from django import forms

from awards.programmes.models import Edition
from foshan_quality.office_forms import ActForm, ReasonForm

from .models import LetterWording
from .queries import wording_of


class CorrectionForm(ReasonForm):
    """What the corrected letter says in place of the old one."""

    reason = forms.CharField(
        label="更正原因", widget=forms.Textarea(attrs={"rows": 2}), max_length=500, help_text="留存备查，不印在文书上"
    )
    matters = forms.CharField(
        label="更正后的内容",
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=20_000,
        required=False,
        help_text="每行一条，依次编号；受理通知书没有此项",
    )
    basis = forms.CharField(label="依据条款", max_length=200, required=False, help_text="仅不予受理通知书")

    def fill(self):
        self.initial.setdefault("matters", "\n".join(self.record.content["matters"]))
        if self.record.screening_id:
            self.initial.setdefault("basis", self.record.screening.basis)


class WordingForm(ActForm):
    """The words of one kind of letter."""

    code = forms.CharField(label="机关代字", max_length=30, help_text="文号〔年份〕之前的全部文字，由本机关确定")
    basis = forms.CharField(label="办理依据", max_length=300, required=False, help_text="印在文书上")
    remedy = forms.CharField(
        label="救济途径",
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text="印在不予受理通知书上，该文书必填",
    )
    source = forms.CharField(label="用语依据", max_length=120, help_text="经谁核定、何时核定")
    is_confirmed = forms.BooleanField(label="已经核定", required=False)

    def fill(self):
        for name in WordingForm.base_fields:
            self.initial.setdefault(name, getattr(self.record, name))


class NewWordingForm(WordingForm):
    """The same for an edition and kind chosen here; the reference text of a refusal filled in."""

    edition = forms.ModelChoiceField(
        label="届次", queryset=Edition.objects.select_related("programme__honour_kind"), empty_label=None
    )
    kind = forms.ChoiceField(label="文书", choices=LetterWording.KINDS)

    field_order = ["edition", "kind"]

    def fill(self):
        edition = self.fields["edition"].queryset.first()
        if edition:
            self.initial.setdefault("remedy", wording_of(edition, "refusal").remedy)
