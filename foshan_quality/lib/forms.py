"""Small parts our forms share: the crispy frame, dates as people write them, problems at their fields."""

import unicodedata

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

DATE_SHAPES = ["%Y-%m-%d", "%Y%m%d", "%Y.%m.%d", "%Y/%m/%d", "%Y年%m月%d日"]


def framed(*rows) -> FormHelper:
    """A crispy frame around these rows. The server names every missing field at once, not the browser one."""
    helper = FormHelper()
    helper.layout = Layout(*rows)
    helper.attrs = {"novalidate": ""}
    return helper


def add_problems(form, problems) -> None:
    """Show every problem of a refusal: at its field where the form has one, else at the top."""
    for problem in problems:
        form.add_error(problem.where if problem.where in form.fields else None, problem.text)


def half_width(text: str) -> str:
    """Full-width digits, letters and signs as plain ones; the typographic minus as the one on the keyboard."""
    return unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")


def typed_number(text: str, otherwise=None):
    """The whole number an address or a hidden field should hold; `otherwise` for what is none a database could know.

    `²` is a digit to Python and no number, and five thousand nines are more than it reads.
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else otherwise


class DayField(forms.DateField):
    """A day as people write it: 2008-06-18, 20080618, 2008.6.18, 2008/6/18, 2008年6月18日."""

    def __init__(self, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"autocomplete": "off", "inputmode": "numeric"})
        super().__init__(input_formats=DATE_SHAPES, widget=widget, **kwargs)

    def to_python(self, value):
        return super().to_python(half_width(value) if isinstance(value, str) else value)
