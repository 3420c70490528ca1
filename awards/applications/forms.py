"""The forms of the dossier. They judge shape only; whether the dossier is complete, `dossier.problems` says."""

import hashlib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crispy_forms.layout import Submit
from django import forms

from enterprises.files.forms import PdfField
from foshan_quality.lib.forms import framed, half_width

from .sections import INDICATORS
from .shown import figure

LONGEST = 100_000  # characters in one text: a guard against accidents, far beyond any limit of the form
LARGEST = Decimal(10) ** 16
ABSENT = "/"


class ProseField(forms.CharField):
    """A text as typed or pasted: one kind of line break, no control characters, no blanks at the end."""

    def __init__(self, **kwargs):
        messages = {"max_length": f"超过 {LONGEST:,} 字，没有保存。请删减后再保存。"}
        super().__init__(required=False, strip=False, max_length=LONGEST, error_messages=messages, **kwargs)

    def to_python(self, value):
        text = super().to_python(value).replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n")
        return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").rstrip()


@dataclass(frozen=True)
class TextSpec:
    """One text to fill in. `points` and `bands` guide the self-report; `limit` is in characters, 0 for none."""

    key: str
    label: str
    hint: str = ""
    rows: int = 1
    limit: int = 0
    is_optional: bool = False
    points: int = 0


@dataclass(frozen=True)
class TextRow:
    """One text on the page: its field, the saved answer, and a colleague's text it collides with."""

    spec: TextSpec
    field: forms.BoundField
    token: str
    answer: object = None
    theirs: object = None

    @property
    def length(self):
        return len(self.field.value() or "")


def token(answer) -> str:
    """What a text was based on: the version and a short digest, carried through the form."""
    text = answer.text if answer else ""
    return f"{answer.version if answer else 0}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


class TextsForm(forms.Form):
    """The texts of one section. Only texts changed here are saved, so colleagues can share a section."""

    def __init__(self, *args, specs, answers, known=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.specs, self.answers, self.theirs = specs, answers, {}
        for spec in specs:
            widget = forms.Textarea(attrs={"rows": spec.rows}) if spec.rows > 1 else forms.TextInput()
            saved = answers[spec.key].text if spec.key in answers else (known or {}).get(spec.key, "")
            field = ProseField(label=spec.label, widget=widget, initial=saved, help_text=spec.hint)
            field.widget.attrs["class"] = "form-control"
            self.fields[spec.key] = field

    def changes(self):
        """The texts changed on this page, and the version each was based on."""
        texts, versions = {}, {}
        for spec in self.specs:
            version, _, digest = self.data.get(f"base-{spec.key}", "").partition(":")
            text = self.cleaned_data[spec.key]
            if hashlib.sha256(text.encode()).hexdigest()[:16] != digest:
                texts[spec.key], versions[spec.key] = text, int(version) if version.isdecimal() else -1
        return texts, versions

    def show_conflicts(self, problems, answers):
        """Keep what was typed, put the colleague's text beside it; saving again then means one's own."""
        self.theirs = {p.where: answers[p.where] for p in problems if p.where in answers}
        for key, answer in self.theirs.items():
            text = f"{answer.updated_by}刚修改过这一栏，您的内容没有保存，仍在下面。请对照后再保存，将以您的内容为准。"
            self.add_error(key, text)

    def rows(self):
        """The texts for the page, in order."""
        return [
            TextRow(s, self[s.key], self._token(s.key), self.answers.get(s.key), self.theirs.get(s.key))
            for s in self.specs
        ]

    def _token(self, key):
        if key in self.theirs or not self.is_bound:
            return token(self.theirs.get(key) or self.answers.get(key))
        return self.data.get(f"base-{key}", "")


@dataclass(frozen=True)
class FigureRow:
    """One indicator on the page: a year and its field for each cell, and the reason for cells that say “/”."""

    label: str
    unit: str
    cells: list
    reason: forms.BoundField


class FiguresForm(forms.Form):
    """Indicators by year. Accepts 1,234.5, full-width digits, and “/” with a reason where there is no figure.

    The hidden first values tell what was changed on this page; nothing else is saved.
    """

    def __init__(self, *args, years, saved, **kwargs):
        super().__init__(*args, **kwargs)
        self.years = years
        for line in INDICATORS:
            rows = [saved.get((line.key, year)) for year in years]
            for year, row in zip(years, rows, strict=True):
                self._add(f"{line.key}-{year}", f"{line.label} {year} 年", _as_typed(row, line.unit), 40, "decimal")
            reasons = [row.absent_because for row in rows if row and row.absent_because]
            self._add(f"{line.key}-reason", f"{line.label} 不适用原因", reasons[0] if reasons else "", 120, "text")

    def _add(self, name, label, initial, length, mode):
        attrs = {"class": "form-control", "inputmode": mode, "aria-label": label, "autocomplete": "off"}
        self.fields[name] = forms.CharField(
            label=label,
            initial=initial,
            required=False,
            max_length=length,
            show_hidden_initial=True,
            widget=forms.TextInput(attrs=attrs),
        )

    def clean(self):
        self.figures = {}
        for line in INDICATORS:
            reason = self.cleaned_data.get(f"{line.key}-reason", "")
            for year in self._changed_years(line.key):
                self._read(line, year, reason)
        return self.cleaned_data

    def _changed_years(self, key):
        reworded = f"{key}-reason" in self.changed_data
        for year in self.years:
            typed = self.cleaned_data.get(f"{key}-{year}")
            absent = typed is not None and half_width(typed) == ABSENT
            if f"{key}-{year}" in self.changed_data or (reworded and absent):
                yield year

    def _read(self, line, year, reason):
        name = f"{line.key}-{year}"
        typed = half_width(self.cleaned_data.get(name, "")).replace(",", "").replace(" ", "")
        if typed == ABSENT and not reason:
            self._complain(f"{line.key}-reason", f"“{line.label}”填了“/”，请写明不适用的原因。没有保存。")
        elif typed == ABSENT:
            self.figures[line.key, year] = (None, reason)
        elif not typed:
            self.figures[line.key, year] = (None, "")
        else:
            self._read_number(line, year, typed)

    def _read_number(self, line, year, typed):
        name = f"{line.key}-{year}"
        try:
            value = Decimal(typed)
            fits = value.is_finite() and abs(value) < LARGEST
        except InvalidOperation:
            fits = False
        if not fits:
            self.add_error(name, "请填数字，例如 1,234.56；不适用请填“/”并写明原因。没有保存。")
        elif value != value.quantize(Decimal("0.01")):
            self.add_error(name, f"最多两位小数，现为 {typed}。没有保存。")
        else:
            self.figures[line.key, year] = (value, "")

    def _complain(self, name, text):
        if not self.has_error(name):
            self.add_error(name, text)

    def rows(self):
        """The table, in order."""
        return [
            FigureRow(
                f.label, f.unit, [(year, self[f"{f.key}-{year}"]) for year in self.years], self[f"{f.key}-reason"]
            )
            for f in INDICATORS
        ]


def _as_typed(row, unit):
    if row is None:
        return ""
    return ABSENT if row.value is None else figure(row.value, unit)


class UploadForm(forms.Form):
    """One PDF for one line of the catalogue."""

    file = PdfField(label="选择文件")

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, auto_id=f"{kind.key}_%s", **kwargs)
        self.fields["file"].label = f"{kind.label}：选择文件"
        self.fields["file"].widget.attrs["class"] = "form-control"


class SubmissionForm(forms.Form):
    """The commitment that goes with handing in."""

    agrees = forms.BooleanField(
        label="本单位承诺：申报内容和材料真实、合法、有效，愿意接受核查，并同意将材料提供给评审人员。",
        error_messages={"required": "请先勾选承诺，再提交。尚未提交。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("agrees", Submit("submit", "正式提交"))


class WithdrawForm(forms.Form):
    """Taking the dossier back."""

    reason = forms.CharField(
        label="撤回原因（选填）", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("reason", Submit("withdraw", "撤回申报", css_class="btn-danger"))
