from django import forms
from django.utils.timezone import localtime

from awards.applications.models import Application
from awards.reviews.office_forms import ReasonedCheckboxes
from awards.rubric.queries import items_of
from enterprises.files.forms import PaperField
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, KeptForm, day_field, moment_field

from .actions import PHOTOS
from .queries import lines_of, team_candidates, visitable_cases

WORDS = forms.Textarea(attrs={"rows": 4})


class PlanForm(ActForm):
    """When, where and what for."""

    application = forms.ModelChoiceField(label="入围的申报", queryset=Application.objects.none(), empty_label="请选择")
    first_day = day_field("开始日期")
    last_day = day_field("结束日期")
    place = forms.CharField(label="地点", max_length=200)
    agenda = forms.CharField(label="议程", widget=WORDS, max_length=4000, help_text="会告知申报单位，不写专家姓名")

    def fill(self):
        self.fields["application"].queryset = visitable_cases()


class ChangePlanForm(PlanForm):
    """The same for a visit there is, and which version of the plan was read."""

    application = None
    version = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        for name in ("first_day", "last_day", "place", "agenda", "version"):
            self.initial.setdefault(name, getattr(self.record, name))


class TeamForm(ActForm):
    """Who visits; experts with a known conflict are named and cannot be chosen."""

    experts = forms.MultipleChoiceField(label="现场评审专家", widget=ReasonedCheckboxes)
    head = forms.ChoiceField(label="组长")

    def fill(self):
        pool = team_candidates(self.record)
        present = {seat.expert_id: seat for seat in self.record.seats.filter(left_at=None)}
        self.people = {str(c.expert.user_id): c.expert.user for c in pool}
        self.fields["experts"].choices = [(str(c.expert.user_id), _shown(c)) for c in pool]
        self.fields["experts"].widget.barred = frozenset(str(c.expert.user_id) for c in pool if c.hindrances)
        free = [c for c in pool if not c.hindrances]
        chosen = [c for c in free if (c.expert.user_id in present if present else c.is_seated)]
        self.fields["experts"].initial = [str(c.expert.user_id) for c in chosen]
        self.fields["head"].choices = [("", "请选择")] + [(str(c.expert.user_id), str(c.expert.user)) for c in free]
        heads = [pk for pk, seat in present.items() if seat.is_head] or [c.expert.user_id for c in free if c.is_head]
        self.fields["head"].initial = next((str(pk) for pk in heads), "")

    def clean_experts(self):
        return [self.people[pk] for pk in self.cleaned_data["experts"]]

    def clean_head(self):
        return self.people[self.cleaned_data["head"]]


def _shown(candidate):
    expert = candidate.expert
    facts = [expert.employer, expert.title, expert.fields, "本件评审组" if candidate.is_seated else ""]
    shown = f"{expert.user}（{'，'.join(fact for fact in facts if fact)}）"
    return f"{shown} 不能选择：{''.join(candidate.hindrances)}" if candidate.hindrances else shown


class LeaveForm(ActForm):
    """Why an expert steps back."""

    reason = forms.CharField(label="退出原因", widget=WORDS, max_length=500, help_text="只有秘书处和审计人员可见。")


class MinutesForm(KeptForm):
    """One meeting: when, who was there, what was said. `kind` is set by each of the two."""

    kind = ""
    held_at = moment_field("时间")
    attendance = forms.CharField(label="出席人员", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    text = forms.CharField(label="会议记录", widget=forms.Textarea(attrs={"rows": 8}), max_length=8000)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        row = self.record.minutes.filter(kind=self.kind).first()
        self.initial.setdefault("version", row.version if row else 0)
        self.initial.setdefault("held_at", localtime(row.held_at if row else clock.now()))
        for name in ("attendance", "text"):
            self.initial.setdefault(name, getattr(row, name, ""))


class OpeningForm(MinutesForm):
    kind = "opening"


class ClosingForm(MinutesForm):
    kind = "closing"


class ItemForm(ActForm):
    """One item of the rubric. `?item=` in the address says which."""

    item = forms.ChoiceField(label="评分项")

    def fill(self):
        items = items_of(self.record.application.edition.rubric)
        self.fields["item"].choices = [("", "请选择")] + [(item.code, str(item)) for item in items]


class EvidenceForm(ItemForm):
    """What was seen, with a photo or without."""

    seen = forms.CharField(label="所见情况", widget=WORDS, max_length=4000)
    photo = PaperField(label="照片", accepted=PHOTOS, max_megabytes=20, required=False)


class RescoreForm(ItemForm):
    """A new mark and why."""

    percentage = forms.IntegerField(label="改评百分比", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    reason = forms.CharField(label="改评理由", widget=WORDS, max_length=2000)

    def fill(self):
        noted = set(self.record.evidence.values_list("item__code", flat=True))
        lines = [line for line in lines_of(self.record) if line.item.code in noted]
        shown = [(line.item.code, f"{line.item}（现为 {line.after}%）") for line in lines]
        self.fields["item"].choices = [("", "请选择"), *shown]
        self.fields["item"].help_text = "只列出有现场证据的评分项"


class DropForm(ActForm):
    """Which new mark is taken back."""

    item = forms.ChoiceField(label="评分项")

    def fill(self):
        rows = self.record.rescored.select_related("item")
        self.fields["item"].choices = [("", "请选择")] + [(row.item.code, str(row.item)) for row in rows]
