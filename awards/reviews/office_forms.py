from django import forms

from enterprises.people.models import User
from foshan_quality.office_forms import ActForm
from foshan_quality.permissions import Role

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
    facts = [expert.employer, expert.title, expert.fields, f"在手 {candidate.load} 件"]
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


class EnrolForm(ActForm):
    """A holder of the expert role enters the pool; or what the pool says of one is brought up to date."""

    user = forms.ModelChoiceField(
        label="人员",
        queryset=User.objects.filter(
            is_active=True, expert=None, role_grants__role=Role.EXPERT, role_grants__ended_at=None
        ).order_by("name"),
        help_text="名单为已有“评审专家”角色、尚未入库的人员；角色由安全管理员授予。",
    )
    employer = forms.CharField(label="工作单位", max_length=120, help_text="全称；用于判断应当回避的情形")
    title = forms.CharField(label="职称", max_length=60, required=False)
    fields = forms.CharField(label="专业领域", max_length=200, required=False)

    def fill(self):
        if self.record:
            del self.fields["user"]
            self.initial = {name: getattr(self.record, name) for name in ("employer", "title", "fields")}
