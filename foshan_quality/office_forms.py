"""What the forms of the office are made of: the form of an act, and the fields people fill in."""

import unicodedata

from crispy_forms.helper import FormHelper
from django import forms

from foshan_quality.lib.money import FEN


def day_field(label, **kwargs):
    """A day, picked or typed."""
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)


def moment_field(label, **kwargs):
    """A minute in Foshan, picked or typed."""
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, help_text="北京时间", **kwargs)


class SumField(forms.DecimalField):
    """A sum in yuan as people write it: commas, spaces, full-width digits and 元 are taken."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def __init__(self, **kwargs):
        super().__init__(max_digits=14, decimal_places=2, min_value=FEN, **kwargs)

    def widget_attrs(self, widget):
        return {}

    def to_python(self, value):
        plain = unicodedata.normalize("NFKC", str(value or ""))
        return super().to_python("".join(plain.replace(",", "").replace("元", "").split()))


class ActForm(forms.Form):
    """An act's form. It knows the record it is about (None for an act of a list) and the person.

    `nothing` says why there is nothing to fill in now, and then stands in the form's place.
    """

    nothing = ""

    def __init__(self, *args, record=None, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": ""}  # the server names every missing field at once
        self.fill()

    def fill(self):
        """Choices and first values that depend on the record; forms fill it in."""

    def place_of(self, problem):
        """The field a refusal is about, or None where it is about the whole."""
        return problem.where if problem.where in self.fields else None


class KeptForm(ActForm):
    """An act's form with long texts: what is typed stays in the tab until the server has it.

    Only for forms that show what is saved when they are opened again.
    """

    class Media:
        js = [forms.Script("js/keep_typed.js", defer=True)]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.attrs["data-keeps-for"] = self.user.pk


class ReasonForm(ActForm):
    """An act that wants a reason."""

    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
