from django import forms

from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, SumField

from .actions import digest_of
from .models import Budget, Entitlement
from .queries import claims, payable


class EntitleForm(ActForm):
    """What an honour entitles to: by the table, or a special sum with its own basis."""

    honour = forms.ChoiceField(label="荣誉", help_text="只列出尚未录入奖补资格的荣誉及其公布标准")
    amount = SumField(
        label="专项金额（元）", required=False, help_text="不填即按公布标准；与标准不同的须经授权后才能拨付"
    )
    document = forms.CharField(label="专项依据文件", max_length=200, required=False)
    reason = forms.CharField(
        label="专项理由", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def fill(self):
        open_claims = claims()
        self.honours = {str(claim.honour.pk): claim.honour for claim in open_claims}
        self.fields["honour"].choices = [("", "请选择"), *((str(c.honour.pk), _said(c)) for c in open_claims)]

    def clean_honour(self):
        return self.honours[self.cleaned_data["honour"]]


def _said(claim):
    table = f"标准 {claim.line.amount:,} 元" if claim.line else "公布日没有有效标准，须按专项办理"
    return f"{claim.honour}（{table}）"


class BudgetForm(ActForm):
    """A fund's money for a year."""

    fund = forms.CharField(label="资金名称", max_length=80, initial="质量强市专项资金")
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    total = SumField(label="总额（元）")
    document = forms.CharField(label="下达文件", max_length=120)

    def fill(self):
        self.fields["year"].initial = clock.today().year


class PreparePaymentForm(ActForm):
    """Which entitlement is paid, out of which budget. Payee, account, sum and basis follow from it."""

    entitlement = forms.ModelChoiceField(
        label="奖补资格", queryset=Entitlement.objects.none(), help_text="只列出可拨付、尚无拨付单的奖补资格"
    )
    budget = forms.ChoiceField(label="资金预算")

    def fill(self):
        self.fields["entitlement"].queryset = payable(Entitlement.objects.select_related("honour__kind"))
        self.budgets = {str(budget.pk): budget for budget in Budget.objects.all()}
        self.fields["budget"].choices = [
            (pk, f"{budget}（余额 {budget.remaining:,} 元）") for pk, budget in self.budgets.items()
        ]

    def clean_budget(self):
        return self.budgets[self.cleaned_data["budget"]]


class ApproveForm(ActForm):
    """The digest of what is on the page goes back with the approval."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def fill(self):
        self.fields["seen"].initial = digest_of(self.record)
