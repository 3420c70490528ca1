import random

from django import forms

from awards.experts.office_forms import edition_at_hand, live_editions
from awards.programmes.models import Edition
from awards.reviews.phase_queries import before_seating
from awards.reviews.queries import candidates
from foshan_quality.office_forms import ActForm

from .lists import MOST_BYTES

HIGHEST_SEED = 999_999
NOBODY = "没有可以接替的专家：接受聘请的都在这个评审组、应当回避或者件数已满。请先在“专家聘请”邀请。"


class EditionForm(ActForm):
    """Which edition; the newest under review unless told otherwise."""

    edition = forms.ModelChoiceField(label="届次", queryset=Edition.objects.none())

    def fill(self):
        self.fields["edition"].queryset, self.fields["edition"].initial = live_editions(), edition_at_hand()


class SeedForm(EditionForm):
    """The seed of a proposal by machine: the same one on the same data gives the same proposal."""

    seed = forms.IntegerField(
        label="随机种子",
        min_value=0,
        max_value=HIGHEST_SEED,
        help_text="随方案留存；数据不变时，同一种子得出同一方案",
    )

    def fill(self):
        super().fill()
        self.fields["seed"].initial = random.randint(0, HIGHEST_SEED)


class FileForm(EditionForm):
    """Panels as a CSV file."""

    upload = forms.FileField(
        label="名单文件",
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        help_text=f".csv，不超过 {MOST_BYTES // 1024 // 1024} MB；先导出名单，按同样的列填写",
        error_messages={"required": "请先选择文件，再点上传。没有读取。", "empty": "文件是空的。没有读取。"},
    )


class SeenForm(ActForm):
    """The ground on which the person confirms goes back with the confirmation."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def fill(self):
        self.fields["seen"].initial = self.record.digest


class ReplaceForm(ActForm):
    """Who takes the place, and why. Experts who must not or have no room cannot be chosen."""

    expert = forms.ChoiceField(label="接替的专家")
    reason = forms.CharField(label="原因", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def fill(self):
        free = [c for c in candidates(self.record.application) if not c.hindrances and not c.is_seated]
        self.people = {str(c.expert.user_id): c.expert.user for c in free}
        said = [(key, _said(c)) for key, c in zip(self.people, free, strict=True)]
        self.fields["expert"].choices = [("", "请选择"), *said]
        if not free:
            self.nothing = before_seating(self.record.application, NOBODY)

    def clean_expert(self):
        return self.people[self.cleaned_data["expert"]]


def _said(candidate):
    expert = candidate.expert
    facts = [expert.employer, expert.fields or "未登记领域", expert.district_said, f"在手 {candidate.load} 件"]
    return f"{expert.user}（{'，'.join(facts)}）"
