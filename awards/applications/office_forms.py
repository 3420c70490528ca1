from itertools import groupby

from crispy_forms.layout import HTML, Layout
from django import forms

from awards.process import State
from foshan_quality.office_forms import ActForm, ReasonForm

from .models import Outcome
from .points import LONGEST
from .queries import places_of

INCOMPLETE = "申报材料不齐全或者不符合要求，需要补正。"
OVERDUE = "逾期未补正，视为放弃申报。"


class ScreeningForm(ReasonForm):
    """A decision with its reason. An opinion that was sent back or taken back is filled in again, to be mended."""

    outcome = None

    def fill(self):
        self.earlier = self.record.screening_proposals.filter(state__in=["sent_back", "taken_back"]).first()
        if self.earlier and self.earlier.outcome == self.outcome:
            self.initial |= {"reason": self.earlier.reason, "basis": self.earlier.basis}
        else:
            self.earlier = None


class CorrectionForm(ScreeningForm):
    """What has to be corrected, all at once (一次性告知): each place of the dossier and what is wrong there."""

    outcome = Outcome.RETURNED
    reason = forms.CharField(
        label="总体说明",
        initial=INCOMPLETE,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="申报单位会原样看到。具体问题写在下面对应的位置，只有写了问题的位置会重新开放修改。",
    )

    def fill(self):
        super().fill()
        self.places = places_of(self.record)
        said = {point["place"]: point["text"] for point in self.earlier.points} if self.earlier else {}
        parts = []
        for group, found in groupby(self.places.values(), key=lambda place: place.group):
            names = [self._add(place, said.get(place.key, "")) for place in found]
            is_open = any(self.data.get(name) or self.fields[name].initial for name in names)
            summary = f"<summary>{group}（{len(names)} 处）</summary>"
            parts += [HTML(f'<details class="places"{" open" * is_open}>{summary}'), *names, HTML("</details>")]
        self.helper.layout = Layout("reason", *parts)

    def _add(self, place, said):
        """One place's field. Returns its name."""
        widget = forms.Textarea(attrs={"rows": 2})
        field = forms.CharField(label=place.label, required=False, max_length=LONGEST, initial=said, widget=widget)
        self.fields[f"at-{place.key}"] = field
        return f"at-{place.key}"

    def clean(self):
        """What the action takes: the reason, and the points in the order of the form."""
        given = self.cleaned_data
        points = [{"place": key, "text": given[f"at-{key}"]} for key in self.places if given.get(f"at-{key}")]
        return {"reason": given.get("reason", ""), "points": points}

    def place_of(self, problem):
        """A problem with a point is shown at its place."""
        return f"at-{problem.where}" if problem.where in self.places else super().place_of(problem)


class RefusalForm(ScreeningForm):
    """Why a dossier is refused, and by which clause."""

    outcome = Outcome.REFUSED
    reason = forms.CharField(
        label="不予受理的理由",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="申报单位会原样看到。",
    )
    basis = forms.CharField(label="依据条款", max_length=200, help_text="文件名称和条款")

    def fill(self):
        super().fill()
        if self.record.state == State.RETURNED:
            self.initial.setdefault("reason", OVERDUE)


class OpinionForm(ActForm):
    """Acts on the opinion that waits: its number goes with the form, so that nobody judges one not read."""

    proposal = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        if self.record.open_proposal:
            self.fields["proposal"].initial = self.record.open_proposal.pk


class SendBackForm(OpinionForm):
    """Why an opinion goes back to whoever made it."""

    reason = forms.CharField(
        label="退回的理由",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="经办人会看到，申报单位看不到。",
    )
