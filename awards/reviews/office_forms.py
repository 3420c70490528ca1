from django import forms

from foshan_quality.office_forms import ActForm

from .queries import candidates


class ReasonedCheckboxes(forms.CheckboxSelectMultiple):
    """Checkboxes some of which cannot be chosen; `barred` holds their values."""

    barred: frozenset = frozenset()

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        if getattr(value, "value", value) in self.barred:
            option["attrs"]["disabled"] = True
        return option


class PanelForm(ActForm):
    """Who reviews a case; experts with a known conflict are named and cannot be chosen."""

    experts = forms.MultipleChoiceField(
        label="评审专家",
        widget=ReasonedCheckboxes,
        help_text="已在评审组的专家只能由其申请回避，或在评审任务中调离。",
    )
    head = forms.ChoiceField(label="组长")

    def fill(self):
        pool = candidates(self.record)
        self.people = {str(c.expert.user_id): c.expert.user for c in pool}
        self.fields["experts"].choices = [(str(c.expert.user_id), _shown(c)) for c in pool]
        self.fields["experts"].widget.barred = frozenset(str(c.expert.user_id) for c in pool if c.hindrances)
        self.fields["experts"].initial = [str(c.expert.user_id) for c in pool if c.is_seated]
        self.fields["head"].initial = next((str(c.expert.user_id) for c in pool if c.is_head), "")
        self.fields["head"].choices = [("", "请选择")] + [
            (str(c.expert.user_id), str(c.expert.user)) for c in pool if not c.hindrances
        ]

    def clean_experts(self):
        return [self.people[pk] for pk in self.cleaned_data["experts"]]

    def clean_head(self):
        return self.people[self.cleaned_data["head"]]


def _shown(candidate):
    expert = candidate.expert
    facts = [expert.employer, expert.title, expert.fields, expert.district_said, f"在手 {candidate.load} 件"]
    shown = f"{expert.user}（{'，'.join(fact for fact in facts if fact)}）"
    return f"{shown} 不能选择：{''.join(candidate.hindrances)}" if candidate.hindrances else shown


class RecusalForm(ActForm):
    """Why an expert steps back."""

    reason = forms.CharField(
        label="回避原因",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        help_text="例如任职、咨询或培训服务、持股、近三年工作关系、亲属关系等。只有秘书处和审计人员可见。",
    )
