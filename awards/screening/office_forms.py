from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms

from awards.programmes.models import Edition
from enterprises.files.forms import PdfField
from foshan_quality.office_forms import ActForm, ReasonForm, day_field

from . import judgement
from .models import ItemAnswer
from .queries import answered_items, days_asked


class AnswersForm(ActForm):
    """One question an item, drawn from the edition's list. Items left open stay open."""

    kind, choices = "", []
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def fill(self):
        self.items = [(item, row) for item, row in answered_items(self.record) if item.kind == self.kind]
        self.initial["seen"] = self.record.edits
        self.helper.layout = Layout("seen", *(self._place(item, row) for item, row in self.items))

    def _place(self, item, row):
        """Adds the fields of one item and returns their place in the form."""
        choices = self.choices if row else [("", "未答复"), *self.choices]
        fields = {"answer": forms.ChoiceField(label="答复", choices=choices, required=False)}
        if item.has_level:
            levels = [("", "没有发生的不选"), *ItemAnswer.LEVELS]
            fields["level"] = forms.ChoiceField(label="事故等级", choices=levels, required=False)
        hint = f"{self.note_hint}。依据：{item.basis}"
        fields["note"] = forms.CharField(label="说明", max_length=500, required=False, help_text=hint)
        self.fields |= {f"{name}_{item.pk}": field for name, field in fields.items()}
        if row:
            self.initial |= {f"{name}_{item.pk}": getattr(row, name) for name in fields}
        widths = {"answer": "col-md-3", "level": "col-md-4", "note": "col-md-5" if item.has_level else "col-md-9"}
        columns = Row(*(Column(f"{name}_{item.pk}", css_class=widths[name]) for name in fields))
        return Fieldset(self.legend(item), columns)

    def legend(self, item):
        return item.text

    def clean(self):
        """What the action takes: `answers` of the items answered, and `seen`."""
        given, answers = self.cleaned_data, {}
        for item, _row in self.items:
            answer = given.get(f"answer_{item.pk}")
            if answer:
                answers[item.pk] = answer, given.get(f"level_{item.pk}", ""), given.get(f"note_{item.pk}", "").strip()
        return {"answers": answers, "seen": given.get("seen")}


class ChecklistForm(AnswersForm):
    """The checklist: 符合, 不符合, 不适用."""

    kind, choices, note_hint = judgement.CHECK, ItemAnswer.OF_CHECKS, "不符合、不适用的须写明情况"


class VetoesForm(AnswersForm):
    """The veto items, each with the days it is asked about."""

    kind, choices, note_hint = judgement.VETO, ItemAnswer.OF_VETOES, "有的，写明时间、事由和认定文书"

    def legend(self, item):
        first, last = days_asked(self.record.application.edition)
        return f"{item.text}（{first} 至 {last}）"


class ReportForm(ActForm):
    """When the credit report was issued; its file only where it is not the applicant's own."""

    issued_on = day_field("报告出具日期", help_text="以报告上载明的日期为准")
    upload = PdfField(label="报告文件，不传即以申报材料中的报告为准", required=False)

    def fill(self):
        self.initial.setdefault("issued_on", self.record.report_issued_on)


class OpinionForm(ActForm):
    """What a department wrote, as on its paper."""

    department = forms.CharField(label="部门", max_length=60)
    opinion = forms.CharField(label="意见", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
    given_on = day_field("日期")
    number = forms.CharField(label="文号", max_length=60, required=False)
    upload = PdfField(label="扫描件", required=False)


class StrikeForm(ActForm):
    """Which opinion was entered by mistake."""

    opinion = forms.ModelChoiceField(label="部门意见", queryset=None)

    def fill(self):
        self.fields["opinion"].queryset = self.record.opinions.filter(struck_at=None)


class RecommendForm(ReasonForm):
    """The district's words, and its own number for the letter where it has one."""

    reason = forms.CharField(
        label="推荐意见", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, help_text="写入推荐函"
    )
    letter_number = forms.CharField(
        label="推荐函文号",
        max_length=60,
        required=False,
        help_text="由本区编号；不填则留空，用印时填写",
    )


class AgainstForm(ReasonForm):
    """Why the district does not recommend."""

    reason = forms.CharField(label="不推荐的理由", widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)


class SealedForm(ActForm):
    """The scan of the sealed letter."""

    upload = PdfField(label="推荐函盖章扫描件")


class AdoptForm(ActForm):
    """An edition that has no items of its own yet."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.filter(checklist_items=None).select_related("programme__honour_kind"),
        help_text="只列出还没有初审条目的届次",
    )


class ItemForm(ActForm):
    """One item's words and what they rest on."""

    text = forms.CharField(label="条目", max_length=120)
    document = forms.CharField(label="依据文件", max_length=120)
    article = forms.CharField(label="条款", max_length=60, required=False)
    is_confirmed = forms.BooleanField(label="本市规定", required=False, help_text="未勾选的为参考条目，页面上会注明")

    def fill(self):
        for name in self.fields:
            self.initial.setdefault(name, getattr(self.record, name))
