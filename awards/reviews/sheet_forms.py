"""What the pages around the score sheet take in. The sheet itself is read by `entries.read`: seventy form fields cost
more than the rest of the page."""

import json
from datetime import timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.timezone import localtime

from awards.programmes.models import Edition
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, moment_field

from .entries import FIELDS, Entry, read
from .models import ScoreSheet
from .sheet_actions import fingerprint
from .sheet_queries import restorable, restoration


def posted_version(post):
    """The version of the sheet a plain form rests on; -1 where it does not say."""
    version = post.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 9 else -1


def posted(post, codes, base):
    """The entries a plain form hands in, by item code, and what cannot be read. A field it lacks stays as in `base`."""
    entries, problems = {}, []
    for code in codes:
        typed = {name: post[f"{name}_{code}"] for name in FIELDS if f"{name}_{code}" in post}
        if typed:
            stands = base.get(code, Entry())
            entries[code], wrong = read(code, {name: getattr(stands, name) for name in FIELDS} | typed)
            problems += wrong
    return entries, problems


def sent(body):
    """What the page's script sent: who, version and marks; None when it is not of the agreed shape."""
    try:
        told = json.loads(body)
        who, version, marks = told["who"], told["version"], told["marks"]
        fine = isinstance(who, int) and isinstance(version, int)
        fine &= all(isinstance(raw, dict) and set(raw) == set(FIELDS) for raw in marks.values())
        fine &= all(isinstance(text, str) for raw in marks.values() for text in raw.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return {"who": who, "version": version, "marks": marks} if fine else None


class FilledInForm(forms.Form):
    """A filled-in workbook comes back."""

    file = forms.FileField(
        label="填好的评分表",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="本系统下载的 .xlsx，不超过 5 MB。上传后先试算，不会直接改动评分。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": ""}
        self.helper.add_input(Submit("try", "上传并试算"))


class FreezeForm(ActForm):
    """Which edition, and why."""

    edition = forms.ModelChoiceField(
        label="届次", queryset=Edition.objects.filter(state=Edition.State.REVIEW).order_by("-year", "-ordinal")
    )
    reason = forms.CharField(label="冻结原因", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)


class RestoreForm(ActForm):
    """To which moment, and of which sheet. With a moment, the preview of what would change comes with the form."""

    moment = moment_field("恢复到")
    sheet = forms.ModelChoiceField(
        label="评分表", queryset=ScoreSheet.objects.none(), required=False, empty_label="全部"
    )
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    preview = forms.CharField(widget=forms.HiddenInput, required=False)

    plans = None

    def fill(self):
        sheets = restorable(self.record.edition)
        self.fields["sheet"].queryset = sheets
        self.fields["sheet"].label_from_instance = lambda sheet: (
            f"{sheet.assignment}（{sheet.get_phase_display()}，第 {sheet.version} 版）"
        )
        self.initial.setdefault(
            "moment", (localtime(clock.now()) - timedelta(hours=1)).replace(second=0, microsecond=0)
        )
        asked = self.data if self.is_bound else self.initial
        chosen = {name: asked.get(name) or "" for name in ("moment", "sheet")}
        if self.is_bound or "sheet" in self.initial:
            self._look_ahead(chosen)

    def _look_ahead(self, chosen):
        try:
            moment = self.fields["moment"].clean(chosen["moment"])
            sheet = self.fields["sheet"].clean(chosen["sheet"])
        except forms.ValidationError:
            return
        self.plans = restoration(self.record.edition, moment, sheet)
        self.initial["preview"] = fingerprint(self.plans)
        for name in ("moment", "sheet"):
            self.fields[name].widget = forms.HiddenInput()

    @property
    def marks(self):
        return sum(len(plan.rows) for plan in self.plans)

    @property
    def given_back(self):
        return sum(plan.reopens for plan in self.plans)
