from django import forms

from awards.programmes.models import HonourKind
from enterprises.organisations.models import Organisation
from foshan_quality.lib import clock
from foshan_quality.office_forms import ActForm, SumField, day_field

from .actions import digest_of
from .models import PAYERS, Budget, Entitlement, OutsidePayment, SubsidyRule
from .plans.instalments import parts_in
from .plans.models import PaymentPlan
from .plans.turns import next_part
from .queries import claims, payable, schedule_of

NO_CLAIMS = (
    "现在没有待录入的荣誉：有效的荣誉都已录入奖补资格，其余的已撤销，或没有对应的平台单位。"
    "录错的请先到该条奖补资格撤回，撤回后会重新出现在这里。"
)
NO_BUDGET = "还没有录入资金预算，不能编制拨付单。请先到“资金预算”录入。"
NONE_PAYABLE = (
    "现在没有可以编制的奖补资格：已核定的都有拨付单在办或已经到账。"
    "专项须先经授权，分期款到应付日期、分期计划经另一人核对后才会出现在这里。"
)


def budget_choices(budgets):
    """Budgets by key as a form offers them, each with its payer and what is left."""
    return [
        (pk, f"{budget}，{budget.get_payer_display()}（余额 {budget.remaining:,} 元）")
        for pk, budget in budgets.items()
    ]


class EntitleForm(ActForm):
    """What an honour entitles to: by the table, or a special sum with its own basis."""

    honour = forms.ChoiceField(label="荣誉", help_text="只列出尚未录入奖补资格的荣誉及其公布标准")
    amount = SumField(
        label="专项金额（元）", required=False, help_text="不填即按公布标准；与标准不同的须经授权后才能拨付"
    )
    document = forms.CharField(label="专项依据文件", max_length=200, required=False)
    reason = forms.CharField(
        label="理由或说明",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="专项须写理由；发现同一荣誉、同一集团或其他渠道的资助时，须写明核实情况",
    )

    def fill(self):
        open_claims = claims()
        self.honours = {str(claim.honour.pk): claim.honour for claim in open_claims}
        if not open_claims:
            self.nothing = NO_CLAIMS
        self.fields["honour"].choices = [("", "请选择"), *((str(c.honour.pk), _said(c)) for c in open_claims)]

    def clean_honour(self):
        return self.honours[self.cleaned_data["honour"]]


def _said(claim):
    table = f"标准 {claim.line.amount:,} 元" if claim.line else "公布日没有有效标准，须按专项办理"
    return f"{claim.honour}（{table}）"


class BudgetForm(ActForm):
    """A fund's money for a year."""

    fund = forms.CharField(label="资金名称", max_length=80, initial="质量强市专项资金")
    payer = forms.ChoiceField(label="支付方", choices=PAYERS, required=False)
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    total = SumField(label="总额（元）")
    document = forms.CharField(label="下达文件", max_length=120)

    def fill(self):
        self.fields["year"].initial = clock.today().year

    def clean_payer(self):
        return self.cleaned_data["payer"] or "city"


class ChangeBudgetForm(ActForm):
    """More money, or less."""

    amount = forms.CharField(label="增减（元）", max_length=20, help_text="追加写正数，调减在前面加减号，例如 -500000")
    document = forms.CharField(label="调整文件", max_length=120)

    def fill(self):
        budget = self.record
        text = f"。现在总额 {budget.total:,} 元，已占用 {budget.reserved:,} 元，最多可调减 {budget.remaining:,} 元"
        self.fields["amount"].help_text += text


class CarryOverForm(ActForm):
    """Until when a budget is used after its year, by the document that says so."""

    until = day_field("结转使用至")
    document = forms.CharField(label="结转文件", max_length=120)


class RuleForm(ActForm):
    """A line of a published table, from its document."""

    kind = forms.ModelChoiceField(label="荣誉", queryset=HonourKind.objects.all(), empty_label="请选择")
    payer = forms.ChoiceField(label="支付方", choices=PAYERS)
    amount = SumField(label="金额（元）")
    document = forms.CharField(label="依据文件", max_length=200, help_text="文件全称和文号")
    article = forms.CharField(label="条款", max_length=60, required=False)
    valid_from = day_field("生效日")
    valid_to = day_field("失效日", required=False)
    stacking = forms.ChoiceField(label="与其他荣誉", choices=SubsidyRule.Stacking, initial=SubsidyRule.Stacking.STACK)
    combined = forms.ModelMultipleChoiceField(
        label="合并计算的荣誉",
        queryset=HonourKind.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    repeats = forms.BooleanField(label="再次获得同一荣誉的再次兑现", required=False)
    stacking_basis = forms.CharField(label="合并与重复规定的依据", max_length=200, required=False)
    stacking_confirmed = forms.BooleanField(label="该规定已确认为本市现行规定", required=False)
    needs_notice = forms.BooleanField(
        label="拨付前须公示",
        required=False,
        help_text="只在文件有此规定时勾选；须写明依据，拨付前登记公示并由另一人核对",
    )
    notice_basis = forms.CharField(label="拨付前公示的依据", max_length=200, required=False)
    notice_days = forms.IntegerField(
        label="公示天数", required=False, min_value=1, max_value=60, help_text="文件规定了天数的填写；首日计入"
    )
    notice_in_workdays = forms.BooleanField(label="公示天数按工作日计", required=False)
    note = forms.CharField(label="说明", max_length=200, required=False)

    def clean_combined(self):
        return [kind.name for kind in self.cleaned_data["combined"]]


class EndRuleForm(ActForm):
    """The last day of a line, by the document that ends it."""

    last_day = day_field("失效日")
    document = forms.CharField(label="依据文件", max_length=200)


class OutsidePaymentForm(ActForm):
    """What an organisation had for an honour elsewhere."""

    credit_code = forms.CharField(label="统一社会信用代码", max_length=18)
    kind = forms.ModelChoiceField(label="荣誉", queryset=HonourKind.objects.all(), empty_label="请选择")
    year = forms.IntegerField(label="荣誉年度", min_value=2000, max_value=2100)
    payer = forms.ChoiceField(label="支付方", choices=OutsidePayment._meta.get_field("payer").choices)
    payer_name = forms.CharField(label="资金名称或支付单位", max_length=120)
    amount = SumField(label="金额（元）")
    paid_on = day_field("到账日期", required=False)
    source = forms.CharField(label="来源", max_length=200, help_text="文件、公示或单位申明")

    def clean(self):
        answers = super().clean()
        code = answers.pop("credit_code", "").strip().upper()
        answers["organisation"] = Organisation.objects.filter(credit_code=code).first()
        if code and answers["organisation"] is None:
            self.add_error("credit_code", "平台上没有这个代码的单位，请核对。没有保存。")
        return answers


class PayableField(forms.ModelChoiceField):
    """Entitlements of which something is to be prepared, each with the sum that comes next."""

    def label_from_instance(self, entitlement):
        plan = next((plan for plan in entitlement.plans.all() if plan.state == PaymentPlan.State.IN_FORCE), None)
        part = plan and next_part(plan, entitlement.disbursements.all())
        return f"{entitlement}，{part}" if part else str(entitlement)


class PreparePaymentForm(ActForm):
    """Which entitlement is paid, out of which budget. Payee, account, sum and basis follow from it."""

    entitlement = PayableField(
        label="奖补资格",
        queryset=Entitlement.objects.none(),
        help_text="只列出可拨付的奖补资格；分期的编制已到期的最早一期",
    )
    budget = forms.ChoiceField(label="资金预算")
    because = forms.CharField(
        label="账户未变的理由",
        max_length=300,
        required=False,
        help_text="只在退汇后对公账户没有变化时填写：退汇另有何原因，为何现在能够到账",
    )

    def fill(self):
        rows = payable(Entitlement.objects.select_related("honour__kind"))
        if "entitlement" in self.fields:
            self.fields["entitlement"].queryset = rows.prefetch_related("plans__instalments", "disbursements")
            self.nothing = "" if rows.exists() else NONE_PAYABLE
        self.budgets = {str(budget.pk): budget for budget in self.open_budgets()}
        self.fields["budget"].choices = budget_choices(self.budgets)
        if not self.budgets:
            self.nothing = NO_BUDGET

    def open_budgets(self):
        """The budgets to choose from."""
        return Budget.objects.all()

    def clean_budget(self):
        return self.budgets[self.cleaned_data["budget"]]


class PrepareAgainForm(PreparePaymentForm):
    """The same for a returned payment: out of the budgets of the same payer, its own first."""

    entitlement = None

    def fill(self):
        super().fill()
        self.fields["budget"].initial = str(self.record.budget_id)

    def open_budgets(self):
        return Budget.objects.filter(payer=self.record.entitlement.payer)


class PlanForm(ActForm):
    """The instalments, one a line, their basis and the reason."""

    parts = forms.CharField(
        label="分期",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": "2026-12-31 500000 验收合格后"}),
        help_text="每行一期：应付日期、金额（元，也可写“50万”）、付款条件（可不写）。到应付日期才能编制。",
    )
    document = forms.CharField(label="依据文件", max_length=200)
    reason = forms.CharField(label="分期理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def fill(self):
        left = schedule_of(self.record).standing.to_plan
        self.fields["parts"].help_text += f"合计应为尚未安排的 {left:,} 元。"

    def clean_parts(self):
        try:
            return parts_in(self.cleaned_data["parts"])
        except ValueError as wrong:
            raise forms.ValidationError(f"{wrong}。没有保存。") from None


class SeenPlanForm(ActForm):
    """Which plan was on the page."""

    plan = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        waiting = schedule_of(self.record).waiting
        self.fields["plan"].initial = waiting and waiting.pk


class PayoutNoticeForm(ActForm):
    """The public notice that goes before the payment."""

    document = forms.CharField(label="公示标题或文号", max_length=200)
    address = forms.URLField(label="公开地址", max_length=300, required=False, assume_scheme="https")
    first_day = day_field("公示首日")
    last_day = day_field("公示末日")


class SeenNoticeForm(ActForm):
    """Which notice was on the page."""

    notice = forms.IntegerField(widget=forms.HiddenInput)

    def fill(self):
        notice = schedule_of(self.record).notice
        self.fields["notice"].initial = notice and notice.pk


class LookForm(ActForm):
    """How a third person made sure of the account."""

    note = forms.CharField(
        label="核实情况", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="向谁、以什么方式核实"
    )


class ApproveForm(ActForm):
    """The digest of what is on the page goes back with the approval."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def fill(self):
        self.fields["seen"].initial = digest_of(self.record)
