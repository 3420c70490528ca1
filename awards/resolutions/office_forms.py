from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

from awards.programmes.models import Edition, HonourKind
from awards.publicity.queries import frozen
from enterprises.credit.sandbox import MOST_BYTES, read_workbook
from enterprises.files.checks import BadFile
from enterprises.files.forms import PaperField
from enterprises.organisations.models import Organisation
from foshan_quality.office_forms import ActForm, day_field

from .comparing import names_in
from .queries import candidates, to_be_approved
from .reading import HEADINGS
from .scan_actions import ACCEPTED

format_html_lazy = lazy(format_html, SafeString)
NAME_HEADINGS = ("单位名称", "获奖单位", "名称")


class EditionField(forms.ModelChoiceField):
    """An edition to be decided on; one that is awarded gets a supplementary document."""

    def label_from_instance(self, edition):
        return f"{edition}（补充批准）" if edition.state == Edition.State.AWARDED else str(edition)


class ResolutionForm(ActForm):
    """The government's document, from its sealed original: its scan, and the names it lists, typed or from a sheet."""

    edition = EditionField(
        label="届次",
        queryset=to_be_approved(),
        help_text="只列出有单位待审定的届次。公示期满后录入；异议还在核查的单位暂缓，核查办结后另行录入补充批准。",
    )
    number = forms.CharField(label="文号", max_length=60, help_text="例如 佛府〔2021〕3号，用六角括号")
    title = forms.CharField(label="标题", max_length=200)
    issuer = forms.CharField(label="发文机关", max_length=60, initial="佛山市人民政府")
    issued_on = day_field("成文日期")
    names = forms.CharField(
        label="文件所列名单",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="照文件录入，一行一家，可以带序号，或者在下面选表格；多一家、错一字都不能保存。"
        "补充批准文件没有批准任何单位的，可以不填，并写明原因",
    )
    sheet = forms.FileField(
        label="或者从表格读取名单",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="第一个工作表里标题为“单位名称”或“获奖单位”的一列；没有标题的读第一列",
    )
    fewer_because = forms.CharField(
        label="少于拟奖名单的原因",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="文件没有批准全部可审定的单位时填写；暂缓审定的不算",
    )
    upload = PaperField(label="扫描件", accepted=ACCEPTED)

    def fill(self):
        editions = list(self.fields["edition"].queryset)
        self.fields["edition"].initial = next(iter(editions), None)
        self.fields["names"].help_text += "".join(_listed(edition) for edition in editions)

    def clean(self):
        """What the action takes: `names` as a list, from the sheet where there is one."""
        given = super().clean()
        sheet = given.pop("sheet", None)
        given["names"] = _names_in_sheet(sheet) if sheet else names_in(given.get("names", ""))
        return given


def _listed(edition):
    """Who can be decided on now, and who still cannot."""
    free, held = [c.name for c in candidates(edition)], [a.organisation.name for a in frozen(edition)]
    wait = f"；异议核查中、暂缓审定 {len(held)} 家：{'、'.join(held)}" if held else ""
    return f"。{edition}可审定 {len(free)} 家{wait}"


def _names_in_sheet(sheet):
    """The column of names of an uploaded workbook."""
    if sheet.size > MOST_BYTES:
        raise ValidationError({"sheet": f"表格超过 {MOST_BYTES // 1024 // 1024} MB。没有读取。"})
    try:
        rows, _digest = read_workbook(sheet)
    except BadFile as bad:
        raise ValidationError({"sheet": str(bad)}) from None
    headings = [cell[1] if cell else "" for cell in rows[0][1]]
    column = next((headings.index(heading) for heading in NAME_HEADINGS if heading in headings), None)
    below = rows if column is None else rows[1:]
    texts = (cells[column or 0] for _row, cells in below)
    return names_in("\n".join(cell[1] for cell in texts if cell))


class HonourForm(ActForm):
    """A higher honour an organisation holds, from its source document."""

    kind = forms.ModelChoiceField(
        label="荣誉",
        queryset=HonourKind.objects.filter(programme=None),
        empty_label="请选择",
        help_text="本市奖项只能由批准文件产生",
    )
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    organisation = forms.ModelChoiceField(label="单位", queryset=Organisation.objects.all(), empty_label="请选择")
    name = forms.CharField(
        label="授奖时的名称", max_length=120, required=False, help_text="更过名的填当时的登记名称；不填即现名称"
    )
    announced_on = day_field("公布日期", help_text="奖补标准按公布日期确定")
    title = forms.CharField(label="名称", max_length=120, help_text="文件或公告的名称")
    number = forms.CharField(label="文号", max_length=60, required=False)
    address = forms.URLField(label="公开地址", max_length=300, required=False, assume_scheme="https")
    upload = PaperField(label="扫描件", accepted=ACCEPTED, required=False)

    def fill(self):
        self.helper.layout = Layout(
            *("kind", "year", "organisation", "name", "announced_on"),
            Fieldset("来源文件", "title", "number", css_class="part"),
            Fieldset("公开地址和扫描件至少填一项", "address", "upload", css_class="part conditional"),
        )


class LaureatesForm(ActForm):
    """A workbook of past laureates."""

    upload = forms.FileField(
        label="表格文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=format_html_lazy(
            '.xlsx，不超过 {} MB，第一行为标题：{}。<a href="{}">下载样表</a>',
            MOST_BYTES // 1024 // 1024,
            "、".join(HEADINGS),
            reverse_lazy("admin:awards_honourimport_sample"),
        ),
        error_messages={"required": "请先选择文件，再点上传。没有读取。", "empty": "文件是空的。没有读取。"},
    )
