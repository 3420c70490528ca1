"""The forms of the dossier. They judge shape only; whether the dossier is complete, `dossier.problems` says."""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crispy_forms.layout import Submit
from django import forms

from enterprises.files.forms import PaperField, PapersField
from foshan_quality.lib.forms import framed, half_width, typed_number

from . import eligibility, history, markup
from .counting import count
from .hints import growth
from .sections import INDICATORS
from .shown import ABSENT, cells

LONGEST = 100_000  # characters in one text: a guard against accidents, far beyond any limit of the form
LARGEST = Decimal(10) ** 16
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all of Unicode's, but for line break and tab


class ProseField(forms.CharField):
    """A text as typed or pasted: one kind of line break, no control characters, no blanks at the end."""

    def __init__(self, **kwargs):
        messages = {"max_length": f"超过 {LONGEST:,} 字，没有保存。请删减后再保存。"}
        super().__init__(required=False, strip=False, max_length=LONGEST, error_messages=messages, **kwargs)

    def to_python(self, value):
        text = super().to_python(value).replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n")
        return CONTROLS.sub("", text).rstrip()


def preview_text(data):
    """A text on its way to be shown only: tidied as one to be saved, cut at the longest that could be."""
    return ProseField().to_python(data.get("text", "")[:LONGEST])


@dataclass(frozen=True)
class TextSpec:
    """One text to fill in. Items of the self-report have `points` and a `guide`, what to write about; `limit` is in
    字 (counting.RULE), 0 for none."""

    key: str
    label: str
    hint: str = ""
    rows: int = 1
    limit: int = 0
    is_optional: bool = False
    points: int = 0
    guide: tuple | list = ()


@dataclass(frozen=True)
class TextRow:
    """One text on the page: its field, the saved answer, and a colleague's text it collides with.

    `point` is what a return says is wrong with it; a text it does not name is `shown` and not `is_open`.
    """

    spec: TextSpec
    field: forms.BoundField
    token: str
    answer: object = None
    theirs: object = None
    earlier: object = None
    is_merged: bool = False
    is_open: bool = True
    point: str = ""
    shown: str = ""
    drawn: object = None

    @property
    def blocks(self):
        """What is shown, as it is laid out; its pictures are named."""
        return [(block, None) for block in markup.blocks(self.shown)]

    @property
    def length(self):
        return count(self.field.value() or "")

    @property
    def excess(self):
        """By how much the text is too long."""
        return max(0, self.length - self.spec.limit) if self.spec.limit else 0


def token(answer) -> str:
    """What a text was based on: the version and a short digest, carried through the form."""
    return token_of(answer.version, answer.text) if answer else token_of(0, "")


def token_of(version, text) -> str:
    return f"{version}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


class TextsForm(forms.Form):
    """The texts of one section. Only texts changed here are saved, so colleagues can share a section.

    After a conflict, `choose-<key>` says whose text it shall be: mine, theirs, or merge for both in one.
    """

    def __init__(self, *args, specs, answers, known=None, open_points=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.specs, self.answers, self.theirs, self.merged = specs, answers, {}, set()
        self.open_points = open_points
        self.earlier = {}  # texts of an earlier application, by key, for a page that offers them
        self.drawn = {}  # items as they will be drawn, by key, for a page that shows one
        for spec in specs:
            widget = forms.Textarea(attrs={"rows": spec.rows}) if spec.rows > 1 else forms.TextInput()
            saved = answers[spec.key].text if spec.key in answers else (known or {}).get(spec.key, "")
            field = ProseField(label=spec.label, widget=widget, initial=saved, help_text=spec.hint)
            field.widget.attrs |= {"class": "form-control", "data-autosave": spec.key}
            if spec.rows > 1:
                field.widget.attrs["data-keep"] = ""  # a long text may be kept in the browser, a phone number never
            self.fields[spec.key] = field

    @property
    def is_open(self):
        """Whether any text of the section may be written in."""
        return any(openness(self.open_points, spec.key)["is_open"] for spec in self.specs)

    def chosen(self, choice):
        """The texts for which this choice was made after a conflict, by key."""
        return {s.key: self.cleaned_data[s.key] for s in self.specs if self.data.get(f"choose-{s.key}") == choice}

    def changes(self):
        """The texts changed on this page, and the version each was based on."""
        texts, versions = {}, {}
        undecided = self.chosen("theirs") | self.chosen("merge")
        for spec in self.specs:
            if spec.key in undecided or spec.key not in self.data:
                continue
            version, _, digest = self.data.get(f"base-{spec.key}", "").partition(":")
            text = self.cleaned_data[spec.key]
            if hashlib.sha256(text.encode()).hexdigest()[:16] != digest:
                texts[spec.key], versions[spec.key] = text, typed_number(version, -1)
        return texts, versions

    def show_conflicts(self, keys, answers):
        """Keep what was typed, put the colleague's text beside it; saving again then means one's own."""
        self.theirs = {key: answers[key] for key in keys}
        for key, answer in self.theirs.items():
            self.add_error(key, f"{answer.updated_by}刚修改过这一栏，您的内容没有保存，仍在下面。请选择以哪一份为准。")

    def show_saved(self, versions):
        """What this page has just saved is what it goes on from: the new versions, by key."""
        self._retype({f"base-{key}": token_of(version, self.cleaned_data[key]) for key, version in versions.items()})

    def merge(self, answers):
        """Put both texts into the field, to be tidied and saved."""
        for key, mine in self.chosen("merge").items():
            theirs = answers.get(key)
            both = history.merged(mine, theirs.text if theirs else "")
            self._retype({key: both, f"base-{key}": token(theirs)})
            self.merged.add(key)

    def _retype(self, values):
        self.data = self.data.copy()
        self.data.update(values)

    def rows(self):
        """The texts for the page, in order."""
        return [
            TextRow(
                s,
                self[s.key],
                self._token(s.key),
                self.answers.get(s.key),
                self.theirs.get(s.key),
                self.earlier.get(s.key),
                s.key in self.merged,
                **openness(self.open_points, s.key),
                shown=self._shown(s.key),
                drawn=self.drawn.get(s.key),
            )
            for s in self.specs
        ]

    def _shown(self, key):
        """What stands where there is no field: what was typed and could not be saved, else what is saved."""
        saved = self.answers[key].text if key in self.answers else ""
        return self[key].value() if key in self.data else saved

    def _token(self, key):
        if key in self.theirs or not self.is_bound:
            return token(self.theirs.get(key) or self.answers.get(key))
        return self.data.get(f"base-{key}", "")


def openness(open_points, key):
    """Whether a place is open, and what a return says is wrong with it. Without points every place is open."""
    points = open_points or {}
    return {"is_open": open_points is None or key in points, "point": points.get(key, "")}


@dataclass(frozen=True)
class FigureRow:
    """One indicator on the page: a cell for each year, one for the reason of those that say “/”, and the growth."""

    key: str
    label: str
    unit: str
    cells: list
    reason: "FigureCell"
    growth: str
    is_open: bool = True
    point: str = ""


@dataclass(frozen=True)
class FigureCell:
    """One field of the table, and what a colleague has put there meanwhile."""

    field: forms.BoundField
    year: int | None = None
    theirs: object = None
    shown: str = ""


class FiguresForm(forms.Form):
    """Indicators by year. Accepts 1,234.5, full-width digits, and “/” with a reason where there is no figure.

    The hidden first values tell what was changed on this page and from what; nothing else is saved.
    After a conflict, `choose-<cell>` says whose figure it shall be: mine or theirs.
    """

    def __init__(self, data=None, *, years, saved, open_points=None, **kwargs):
        super().__init__(data, **kwargs)
        self.years, self.saved, self.theirs = years, saved, {}
        self.open_points = open_points
        shown = cells({place: (row.value, row.absent_because) for place, row in saved.items()}, years)
        for line in INDICATORS:
            for year in years:
                name = f"{line.key}-{year}"
                self._add(name, f"{line.label} {year} 年", shown.get(name, ""), 40, "decimal")
            name = f"{line.key}-reason"
            self._add(name, f"{line.label} 不适用原因", shown.get(name, ""), 120, "text")
        if self.is_bound:
            self._retype({name: self.seen[name] for name in self.fields if data.get(f"choose-{name}") == "theirs"})

    @property
    def is_open(self):
        """Whether any row of the table may be filled in."""
        return any(openness(self.open_points, line.key)["is_open"] for line in INDICATORS)

    @property
    def seen(self):
        """What each cell showed when the page was drawn."""
        return {name: self.data.get(f"initial-{name}", "") for name in self.fields}

    def _retype(self, values):
        self.data = self.data.copy()
        self.data.update(values)

    def show_conflicts(self, names, saved):
        """Keep what was typed, say what a colleague has put there; saving again then means one's own."""
        self.theirs = theirs(names, saved, self.years)
        self._retype({f"initial-{name}": other.text for name, other in self.theirs.items()})
        for name, other in self.theirs.items():
            self.add_error(name, f"{other.who}刚把这一格改为“{other.text or '空'}”，您填的没有保存，仍在格内。")

    def _add(self, name, label, initial, length, mode):
        attrs = {"class": "form-control", "inputmode": mode, "aria-label": label, "autocomplete": "off"}
        attrs["data-autosave"] = name
        self.fields[name] = forms.CharField(
            label=label,
            initial=initial,
            required=False,
            max_length=length,
            show_hidden_initial=True,
            widget=forms.TextInput(attrs=attrs),
        )

    def clean(self):
        self.figures, self.unexplained = {}, set()
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
            self.unexplained.add(name)
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
                f.key,
                f.label,
                f.unit,
                [self._cell(f"{f.key}-{year}", year) for year in self.years],
                self._cell(f"{f.key}-reason"),
                growth_said(self.saved, f.key, self.years),
                **openness(self.open_points, f.key),
            )
            for f in INDICATORS
        ]

    def _cell(self, name, year=None):
        field = self[name]
        return FigureCell(field, year, self.theirs.get(name), field.value() if name in self.data else field.initial)


@dataclass(frozen=True)
class Theirs:
    """What somebody else has put into a cell, who and when."""

    text: str
    who: str
    when: object = None


def theirs(names, saved, years):
    """What the named cells hold now. An emptied cell has no row left to say by whom."""
    shown = cells({place: (row.value, row.absent_because) for place, row in saved.items()}, years)
    found = {}
    for name in names:
        key, _, year = name.rpartition("-")
        row = saved.get((key, int(year))) if year != "reason" else next((saved[p] for p in saved if p[0] == key), None)
        found[name] = Theirs(shown.get(name, ""), *((str(row.updated_by), row.updated_at) if row else ("同事",)))
    return found


def growth_said(saved, key, years):
    """How an indicator grew, year by year, in words; empty where it means nothing."""
    values = {year: saved[key, year].value for year in years if (key, year) in saved}
    pairs = [(year, growth(values.get(year - 1), values.get(year))) for year in years]
    return "，".join(f"{year} 年 {change:+}%" for year, change in pairs if change is not None)


class UploadForm(forms.Form):
    """Files for one line of the catalogue: one, or several at once where the line takes several."""

    def __init__(self, *args, line, **kwargs):
        super().__init__(*args, auto_id=f"{line.key}_%s", **kwargs)
        field = PapersField if line.takes_many else PaperField
        self.fields["file"] = field(
            label=f"{line.label}：选择文件", accepted=line.accepted, max_megabytes=line.max_megabytes
        )
        self.fields["file"].widget.attrs["class"] = "form-control"

    @property
    def uploads(self):
        """The files handed in, in order."""
        given = self.cleaned_data["file"]
        return given if isinstance(given, list) else [given]


class StampedScanForm(forms.Form):
    """The scan of the signed and stamped page, with the code printed on it."""

    code = forms.CharField(
        label="签章页上的核对码",
        max_length=40,
        help_text="每页页脚都印有，例如 7K3M-9QXF-2H4T；不分大小写，横线可以不填",
        error_messages={"required": "请填写签章页上印的核对码，没有保存。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    file = PaperField(label="盖章扫描件", accepted=("pdf", "jpeg", "png"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("code", "file", Submit("upload", "上传盖章扫描件"))


class SelfCheckForm(forms.Form):
    """The conditions that only the organisation can answer, one choice each. All are to be answered."""

    def __init__(self, *args, findings, organisation, **kwargs):
        super().__init__(*args, **kwargs)
        self.findings = findings
        for finding in self.asked:
            self.fields[finding.asked.key] = forms.ChoiceField(
                label=finding.asked.sentence,
                choices=list(eligibility.WORDS.items()),
                initial=finding.verdict,
                widget=forms.RadioSelect,
                error_messages={"required": "还没有回答；拿不准请选“不确定”。没有保存。"},
            )
        self.fields["organisation"] = forms.CharField(widget=forms.HiddenInput, initial=organisation.pk, required=False)

    @property
    def asked(self):
        """The findings that the system could not make by itself."""
        return [finding for finding in self.findings if not finding.because]

    @property
    def answers(self):
        """The answers by condition."""
        return {finding.asked.key: self.cleaned_data[finding.asked.key] for finding in self.asked}

    def rows(self):
        """Every finding with its field, or None where the system judged by itself."""
        return [(finding, None if finding.because else self[finding.asked.key]) for finding in self.findings]


class SubmissionForm(forms.Form):
    """The commitment that goes with handing in."""

    agrees = forms.BooleanField(
        label="本单位承诺：申报内容和材料真实、合法、有效，愿意接受核查，并同意将材料提供给评审人员。",
        error_messages={"required": "请先勾选承诺，再提交。尚未提交。"},
    )

    @property
    def helper(self):
        """How it is drawn: seldom, while at the last minute everybody sends it."""
        return framed("agrees", Submit("submit", "正式提交"))


class WithdrawForm(forms.Form):
    """Taking the dossier back."""

    reason = forms.CharField(label="撤回原因", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("reason", Submit("withdraw", "撤回申报", css_class="btn-danger"))
