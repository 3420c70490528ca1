from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.timezone import localtime

from awards.rubric.models import Rubric
from enterprises.files.forms import PaperField
from enterprises.files.kinds import KINDS
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, day_field, moment_field

from . import rules
from .catalogue import SAMPLE_KINDS
from .models import Programme
from .queries import default_settings


class WindowForm(ActForm):
    """When applications are taken."""

    opens_at = moment_field("申报开始")
    closes_at = moment_field("申报截止")

    def fill(self):
        for name in ("opens_at", "closes_at"):
            self.fields[name].initial = localtime(getattr(self.record, name))


class MoveWindowForm(ActForm):
    """A new close for a published call, and the papers behind it."""

    closes_at = moment_field("新的截止时间")
    document = forms.CharField(label="文号", max_length=60, help_text="例如 佛评办〔2026〕3号，用六角括号；会公开显示")
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="会告知申报单位",
    )

    def fill(self):
        self.fields["closes_at"].initial = localtime(self.record.closes_at)


class DecideWindowForm(ActForm):
    """Which proposal the person has read: another one in its place is not decided by mistake."""

    proposal = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        waiting = self.record.open_window_proposal
        self.fields["proposal"].initial = waiting.pk if waiting else None


class PublishForm(ActForm):
    """The approval without which no edition may be held."""

    approval_number = forms.CharField(label="批准文号", max_length=60, help_text="同意开展本届评选的批准文件文号")
    approved_on = day_field("批准日期")


class RuleForm(ActForm):
    """One rule of an edition in preparation. `?rule=` in the address says which."""

    key = forms.ChoiceField(label="规则", choices=[(rule.key, rule.label) for rule in rules.RULES.values()])
    value = forms.CharField(label="值", max_length=40)
    document = forms.CharField(label="依据文件", max_length=120)
    article = forms.CharField(label="条款", max_length=60, required=False)
    is_confirmed = forms.BooleanField(
        label="本市规定", required=False, help_text="未勾选的为参考值，公开页面不作为本市规定展示"
    )

    def fill(self):
        rule = self.record.rules.filter(key=self.initial.get("key")).first()
        if rule:
            self.fields["value"].help_text = rules.RULES[rule.key].hint
            for name in ("value", "document", "article", "is_confirmed"):
                self.initial[name] = getattr(rule, name)


class PrepareForm(ActForm):
    """A new edition: its frame, and every rule with what it rests on, filled in from the defaults."""

    programme = forms.ModelChoiceField(label="奖项", queryset=Programme.objects.select_related("honour_kind"))
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    rubric = forms.ModelChoiceField(label="评分准则", queryset=Rubric.objects.all())
    opens_at = moment_field("申报开始")
    closes_at = moment_field("申报截止")

    def fill(self):
        self.fields["year"].initial = clock.today().year
        for name in ("programme", "rubric"):
            self.fields[name].initial = self.fields[name].queryset.first()
        frame = Row(*(Column(name, css_class="col-md-6") for name in self.fields))
        self.helper.layout = Layout(
            Fieldset("届次", frame), *(self._rule_fields(rule, *value) for rule, value in _defaults())
        )

    def _rule_fields(self, rule, value, document, article, is_confirmed):
        """Adds the four fields of one rule and returns their place in the form."""
        missing = {"required": f"“{rule.label}”的值和依据文件都要填写。"}
        fields = {
            "value": forms.CharField(
                label="值", max_length=40, initial=value, help_text=rule.hint, error_messages=missing
            ),
            "document": forms.CharField(label="依据文件", max_length=120, initial=document, error_messages=missing),
            "article": forms.CharField(label="条款", max_length=60, initial=article, required=False),
            "confirmed": forms.BooleanField(label="本市规定", required=False, initial=is_confirmed),
        }
        self.fields |= {f"{rule.key}_{part}": field for part, field in fields.items()}
        widths = {"value": "col-md-3", "document": "col-md-5", "article": "col-md-2", "confirmed": "col-md-2"}
        return Fieldset(
            rule.label, Row(*(Column(f"{rule.key}_{part}", css_class=width) for part, width in widths.items()))
        )

    def clean(self):
        """What the action takes: the frame, and `settings` by rule."""
        given = self.cleaned_data
        settings = {
            key: tuple(given.get(f"{key}_{part}", "") for part in ("value", "document", "article", "confirmed"))
            for key in rules.RULES
        }
        frame = {
            name: given[name] for name in ("programme", "year", "rubric", "opens_at", "closes_at") if name in given
        }
        return frame | {"settings": settings}

    def place_of(self, problem):
        """A refused rule is shown at its value."""
        return f"{problem.where}_value" if problem.where in rules.RULES else super().place_of(problem)


def _defaults():
    values = default_settings()
    return [(rule, values[rule.key]) for rule in rules.RULES.values()]


class DayForm(ActForm):
    """Whether people work that day, and who says so."""

    day = day_field("日期")
    is_working = forms.TypedChoiceField(
        label="当天",
        choices=[("True", "上班"), ("False", "放假")],
        coerce=lambda text: text == "True",
        widget=forms.RadioSelect,
    )
    source = forms.CharField(label="依据", max_length=80, help_text="例如 国办发明电〔2025〕7号")

    def fill(self):
        if self.record:
            del self.fields["day"]
            self.initial = {"is_working": str(self.record.is_working), "source": self.record.source}


class DocumentLineForm(ActForm):
    """One line of the papers an edition asks for. `?key=` in the address says which; another key is a new line."""

    key = forms.SlugField(label="代码", max_length=40, help_text="小写字母、数字和下划线；填新的代码即增加一项")
    label = forms.CharField(label="材料", max_length=80)
    hint = forms.CharField(label="说明", max_length=200, required=False, help_text="样式、盖章、编号等要求")
    formats = forms.MultipleChoiceField(
        label="格式",
        choices=[(kind.key, kind.word) for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
    )
    max_megabytes = forms.IntegerField(label="单个文件上限（MB）", min_value=1, initial=10)
    max_pages = forms.IntegerField(label="单个文件页数上限", min_value=1, initial=100)
    is_required = forms.BooleanField(label="必交", required=False)
    is_stamped = forms.BooleanField(label="须盖章", required=False)
    takes_many = forms.BooleanField(label="可传多个文件", required=False)

    def fill(self):
        line = self.record.catalogue.filter(key=self.initial.get("key")).first()
        if line:
            self.initial |= vars(line.kind) | {"formats": list(line.kind.accepted)}

    def clean_formats(self):
        return ",".join(self.cleaned_data["formats"])


class DropLineForm(ActForm):
    """Which line of the papers is taken out."""

    key = forms.ChoiceField(label="材料")

    def fill(self):
        self.fields["key"].choices = [(line.key, line.label) for line in self.lines()]

    def lines(self):
        return self.record.catalogue.all()


class SampleForm(DropLineForm):
    """The form applicants download for one line of the papers."""

    upload = PaperField(label="样表文件", accepted=SAMPLE_KINDS)


class DropSampleForm(DropLineForm):
    """Which line loses its form."""

    def lines(self):
        return self.record.catalogue.exclude(sample=None)


class ConditionForm(ActForm):
    """One condition of the self-check, its basis included."""

    key = forms.ChoiceField(label="条件")
    question = forms.CharField(label="条件的表述", max_length=120)
    explanation = forms.CharField(
        label="说明", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    proof = forms.CharField(label="证明材料", max_length=200, required=False)
    document = forms.CharField(label="依据文件", max_length=120)
    article = forms.CharField(label="条款", max_length=60, required=False)
    value = forms.CharField(
        label="值", max_length=40, required=False, help_text="自动判断用的年数或规模；留空即不启用该项自动判断"
    )
    is_confirmed = forms.BooleanField(label="本市规定", required=False)

    def fill(self):
        conditions = list(self.record.conditions.all())
        self.fields["key"].choices = [(row.key, row.question) for row in conditions]
        chosen = next((row for row in conditions if row.key == self.initial.get("key")), None)
        if chosen:
            self.initial |= {name: getattr(chosen, name) for name in self.fields}
