from django import forms

from foshan_quality.office_forms import ActForm

from .queries import ready_cases


class BeginForm(ActForm):
    """Which cases begin their consensus: those with every sheet in."""

    applications = forms.ModelMultipleChoiceField(
        label="评分齐全的申报", queryset=None, widget=forms.CheckboxSelectMultiple
    )

    def fill(self):
        cases = ready_cases(self.user)
        self.fields["applications"].queryset = cases
        self.fields["applications"].initial = [case.pk for case in cases]
        if not cases:
            self.fields["applications"].help_text = "现在没有可以开始合议的申报：评分尚未齐全，或者合议阶段没有开始。"

    def clean_applications(self):
        return list(self.cleaned_data["applications"])


class CloseForm(ActForm):
    """Which version the head has read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        self.fields["version"].initial = self.record.version


class AnswerForm(ActForm):
    """Agreed, or a dissenting note."""

    agrees = forms.TypedChoiceField(
        label="意见",
        choices=[("yes", "同意合议结果"), ("no", "有不同意见")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="不同意见", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, required=False)


class TableForm(forms.Form):
    """What the panel sets: for every item a percentage and the discussion. Knows which items were touched."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, consensus, table, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = consensus.version
        self.lines = table.lines
        for line in table.lines:
            self._add(line)

    def _add(self, line):
        talked = line.talked
        self.fields[f"percentage_{talked.code}"] = forms.IntegerField(
            label=f"{line.item} 合议百分比",
            required=False,
            initial=talked.percentage,
            error_messages={"invalid": "百分比应为整数，没有保存。"},
            widget=forms.TextInput(
                attrs={"inputmode": "numeric", "maxlength": 3, "autocomplete": "off", "class": "form-control score"}
            ),
        )
        self.fields[f"discussion_{talked.code}"] = forms.CharField(
            label="讨论记录" + ("（必填）" if talked.is_wide else ""),
            required=False,
            initial=talked.discussion,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
        )

    @property
    def rows(self):
        """Each line with its two bound fields."""
        return [(li, self[f"percentage_{li.item.code}"], self[f"discussion_{li.item.code}"]) for li in self.lines]

    def touched(self):
        """What differs from what was shown: {item code: (percentage, discussion)}."""
        changed = {name.partition("_")[2] for name in self.changed_data if name != "version"}
        given = self.cleaned_data
        return {code: (given[f"percentage_{code}"], given[f"discussion_{code}"]) for code in sorted(changed)}
