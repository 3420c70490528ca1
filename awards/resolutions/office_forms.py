from django import forms

from awards.programmes.models import Edition, HonourKind
from enterprises.organisations.models import Organisation
from foshan_quality.office_forms import ActForm, day_field


class ResolutionForm(ActForm):
    """The government's document, from its sealed original."""

    edition = forms.ModelChoiceField(
        label="届次",
        queryset=Edition.objects.filter(state=Edition.State.PUBLICITY).select_related("programme__honour_kind"),
        help_text="只列出公示中的届次；公示期满、异议核查完毕后才能录入。",
    )
    number = forms.CharField(label="文号", max_length=60, help_text="例如 佛府〔2021〕3号，用六角括号")
    title = forms.CharField(label="标题", max_length=200)
    issued_on = day_field("成文日期")

    def fill(self):
        self.fields["edition"].initial = self.fields["edition"].queryset.first()


class HonourForm(ActForm):
    """A higher honour an organisation holds, with its source."""

    kind = forms.ModelChoiceField(
        label="荣誉", queryset=HonourKind.objects.filter(programme=None), help_text="本市奖项只能由批准文件产生"
    )
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    organisation = forms.ModelChoiceField(label="单位", queryset=Organisation.objects.all())
    announced_on = day_field("公布日期")
    source = forms.CharField(label="来源文件", max_length=200, help_text="文号和名称；奖补标准按公布日期确定")
