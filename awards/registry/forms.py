from crispy_forms.bootstrap import InlineCheckboxes, StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

from awards.programmes.models import HonourKind
from enterprises.districts import District


class LaureateFilter(forms.Form):
    """What to look for in the register. Every field may stay empty."""

    name = forms.CharField(label="单位名称", required=False, max_length=120)
    kind = forms.ModelChoiceField(HonourKind.objects.all(), label="荣誉", required=False, empty_label="全部荣誉")
    year = forms.TypedChoiceField(label="年度", required=False, coerce=int, empty_value=None)
    district = forms.ChoiceField(
        label="所在区",
        required=False,
        choices=[("", "全市"), *District.choices],
        help_text="按单位现在的登记",
    )
    level = forms.MultipleChoiceField(
        label="级别", required=False, choices=HonourKind.Level.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, years, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [("", "全部年度"), *((year, f"{year}年") for year in years)]
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_class = "filters sheet"
        self.helper.layout = Layout(
            "name",
            "kind",
            "year",
            "district",
            InlineCheckboxes("level"),
            StrictButton("查询", type="submit", css_class="btn-primary"),
        )

    @property
    def wanted(self):
        """The criteria that are well formed, as arguments for the queries; `level` apart from the name search."""
        values = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return {
            "name": values.get("name", ""),
            "kind": values.get("kind"),
            "year": values.get("year"),
            "levels": values.get("level", []),
            "district": values.get("district", ""),
        }
