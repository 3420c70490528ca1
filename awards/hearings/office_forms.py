from django import forms
from django.utils.timezone import make_aware

from awards.programmes.models import Edition
from foshan_quality.office_forms import ActForm, KeptForm

from .judgement import sessions_in
from .queries import editions_to_hear, mark_of, seats_of

WORDS = forms.Textarea(attrs={"rows": 6})


class CallForm(ActForm):
    """Which edition's hearing, in which sessions and where."""

    edition = forms.ModelChoiceField(label="届次", queryset=Edition.objects.none(), empty_label="请选择")
    sessions = forms.CharField(
        label="时段",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-07-10 09:00-12:00"}),
        help_text="北京时间，每行一个时段，可以跨几天；午休写成上下午两行。依次排入，不足一家的零头时间空着。",
    )
    place = forms.CharField(label="地点", max_length=200)

    def fill(self):
        self.fields["edition"].queryset = editions_to_hear()

    def clean_sessions(self):
        try:
            found = sessions_in(self.cleaned_data["sessions"])
        except ValueError as wrong:
            raise forms.ValidationError(f"{wrong}。没有保存。") from None
        return [(make_aware(start), make_aware(end)) for start, end in found]


class ChangeForm(CallForm):
    """The same for a hearing there is."""

    edition = None

    def fill(self):
        self.initial.setdefault("sessions", self.record.sessions_said if self.record.sessions else "")
        self.initial.setdefault("place", self.record.place)


class MarkForm(KeptForm):
    """One percentage and what was asked and answered. A mark that was given back stands in it."""

    percentage = forms.IntegerField(label="总百分比", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    words = forms.CharField(label="问答记录与评语", widget=WORDS, max_length=4000)

    def fill(self):
        step = self.record.hearing.edition.rubric.step
        self.fields["percentage"].help_text = f"对整个陈述答辩评一个百分比，0—100，每档 {step}"
        own = next((seat for seat in seats_of(self.record) if seat.expert_id == self.user.pk), None)
        mark = getattr(own, "hearing_mark", None)
        for name in ("percentage", "words"):
            self.initial.setdefault(name, getattr(mark, name, ""))


class ReopenForm(ActForm):
    """Whose mark is given back, and why."""

    seat = forms.TypedChoiceField(label="专家", coerce=int)
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)

    def fill(self):
        seats = [seat for seat in seats_of(self.record) if mark_of(seat)]
        self.fields["seat"].choices = [("", "请选择")] + [(seat.pk, str(seat.expert)) for seat in seats]
