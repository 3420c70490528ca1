from crispy_forms.layout import Fieldset, Layout
from django import forms

from foshan_quality.office_forms import ActForm, ReasonForm, day_field

from .kinds import Kind, Level
from .queries import report_of
from .sandbox import MOST_BYTES

LEVEL_HELP = "只在类别为“事故”时选；分级见国务院令第493号第三条"
SMALL = {"rows": 3}


class FactsForm(ActForm):
    """What a record may say anew: everything but code, kind and document number."""

    name = forms.CharField(label="单位名称", max_length=120, help_text="与来源一致")
    level = forms.ChoiceField(
        label="事故等级", choices=[("", "不是事故"), *Level.choices], required=False, help_text=LEVEL_HELP
    )
    authority = forms.CharField(label="作出机关", max_length=120)
    decided_on = day_field("作出日期")
    published_on = day_field("公示日期", required=False)
    ends_on = day_field("有效期至", required=False, help_text="严重违法失信名单的移出日期、处罚公示的截止日期等")
    repaired_on = day_field("修复日期", required=False, help_text="已完成信用修复的填")
    summary = forms.CharField(label="内容摘要", max_length=2000, required=False, widget=forms.Textarea(attrs=SMALL))
    source = forms.CharField(label="来源", max_length=200, help_text="公共信用信息报告、文件或网站，写明日期")


class RecordForm(FactsForm):
    """One record, entered by hand."""

    credit_code = forms.CharField(label="统一社会信用代码", max_length=40)
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *Kind.choices])
    number = forms.CharField(label="文书号", max_length=80, help_text="没有文书号的填公告或名单的编号")

    def fill(self):
        self.helper.layout = Layout(
            Fieldset("单位", "credit_code", "name"),
            Fieldset("记录", "kind", "level", "number", "authority", "summary", "source"),
            Fieldset("日期", "decided_on", "published_on", "ends_on", "repaired_on"),
        )


class CorrectionForm(FactsForm):
    """The record as it should read, and why."""

    reason = forms.CharField(
        label="更正理由", max_length=2000, widget=forms.Textarea(attrs=SMALL), help_text="写明依据的文件"
    )

    def fill(self):
        for name, field in self.fields.items():
            if name != "reason":
                field.initial = getattr(self.record, name)


class RepairForm(ReasonForm):
    """The day of the 信用修复 and the document that shows it."""

    repaired_on = day_field("修复日期")
    reason = forms.CharField(
        label="依据", max_length=2000, widget=forms.Textarea(attrs=SMALL), help_text="信用修复决定的机关、文号和日期"
    )


class UploadForm(ActForm):
    """A workbook of records."""

    upload = forms.FileField(
        label="表格文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=f".xlsx，不超过 {MOST_BYTES // 1024 // 1024} MB、一万行，数据放在第一个工作表",
        error_messages={"required": "请先选择文件，再点上传。没有读取。", "empty": "文件是空的。没有读取。"},
    )


class ImportForm(ActForm):
    """The digest of the report on the page goes back with the confirmation. The report is read once."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def fill(self):
        self.report = report_of(self.record)
        self.fields["seen"].initial = self.report.seen

    def renew(self):
        """After a refusal the page shows the newer report; let the button confirm that one."""
        if self.is_bound:
            self.data = self.data.copy()
            self.data["seen"] = self.report.seen
