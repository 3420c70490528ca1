from django.contrib import admin
from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html

from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column, day_column, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from .. import actions
from ..forms import BudgetForm, CarryOverForm, ChangeBudgetForm, EndRuleForm, OutsidePaymentForm, RuleForm
from ..models import Budget, BudgetChange, OutsidePayment, SubsidyRule
from . import actions as policy_actions


class BudgetChangeInline(OfficeInline):
    model = BudgetChange
    fields = readonly_fields = [
        day_column("changed_at", "调整时间"),
        "change_yuan",
        "document",
        column("changed_by.__str__", "经办人"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("changed_by")

    @admin.display(description="增减（元）")
    def change_yuan(self, change):
        return f"{change.amount:+,.2f}"


@admin.register(Budget)
class BudgetAdmin(OfficeAdmin):
    """A fund's money for a year, with what is left of it."""

    list_display = [
        "__str__",
        "payer",
        yuan_column("total", "总额（元）"),
        yuan_column("reserved", "已占用（元）"),
        yuan_column("remaining", "余额（元）", order=F("total") - F("reserved")),
        "document",
    ]
    fields = [
        "fund",
        "payer",
        "year",
        yuan_column("total", "总额（元）"),
        yuan_column("reserved", "已占用（元）"),
        yuan_column("remaining", "余额（元）"),
        "used",
        "document",
        "carried_until",
        "carried_under",
    ]
    readonly_fields = ["used"]
    inlines = [BudgetChangeInline]
    acts = {
        "change": Act(
            "追加或调减",
            policy_actions.change_budget,
            ChangeBudgetForm,
            Permission.ENTITLEMENT_ENTER,
            done="预算已调整并入账。",
        ),
        "carry": Act(
            "登记结转",
            policy_actions.carry_over,
            CarryOverForm,
            Permission.ENTITLEMENT_ENTER,
            done="结转已登记，本预算可以用到所填的末日。",
            warning="预算只用于所属年度。按文件结转到下一年度使用的，在这里登记末日和文件；只登记使用期限，不改动金额。",
        ),
    }
    list_acts = {
        "open": Act(
            "录入预算", actions.open_budget, BudgetForm, Permission.ENTITLEMENT_ENTER, done="预算已录入并入账。"
        )
    }

    @admin.display(description="占用比例")
    def used(self, budget):
        if not budget.total:
            return "—"
        share = f"{budget.reserved / budget.total:.1%}"
        bar = '<meter class="bar" max="{}" value="{}" aria-label="已占用 {}"></meter>已占用 {}'
        return format_html(bar, budget.total, budget.reserved, share, share)

    def record_links(self, request, record):
        """To the budget's own statement and trial balance."""
        pages = [("台账明细", ["statement", "available"]), ("试算平衡表", ["trial"])]
        return [
            (label, f"{reverse(f'admin:awards_ledgertransaction_{page}', args=args)}?budget={record.pk}")
            for label, (page, *args) in pages
        ]


@admin.register(SubsidyRule)
class SubsidyRuleAdmin(OfficeAdmin):
    """The published amounts, each with its basis and the days it was valid; past ones stay."""

    list_display = [
        column("kind.__str__", "荣誉", order="kind"),
        yuan_column("amount"),
        "payer",
        day_column("valid_from", "生效日"),
        day_column("valid_to", "失效日"),
        "state_mark",
    ]
    list_filter = ["kind", "payer", "state"]
    list_select_related = ["kind"]
    fields = [
        column("kind.__str__", "荣誉"),
        yuan_column("amount"),
        "payer",
        "document",
        "article",
        "valid_from",
        "valid_to",
        "stacking",
        "with_which",
        column("repeats", "再次获得同一荣誉的再次兑现"),
        "stacking_basis",
        column("stacking_confirmed", "合并与重复规定已确认"),
        column("needs_notice", "拨付前须公示"),
        "notice_basis",
        "notice_length",
        column("is_special", "专项（不按表）"),
        "note",
        column("entered_by", "录入人"),
        column("confirmed_by", "核对人"),
    ]
    readonly_fields = ["with_which", "notice_length"]
    list_acts = {
        "enter": Act(
            "录入奖补标准",
            policy_actions.enter_rule,
            RuleForm,
            Permission.RULES_ENTER,
            done="已录入，待另一名人员对照文件核对后生效。",
        )
    }
    acts = {
        "confirm": Act(
            "与文件核对一致",
            policy_actions.confirm_rule,
            hindrance=lambda rule, user: "您是录入人，须由另一名人员核对。" if rule.entered_by_id == user.pk else "",
            done="已生效；同一荣誉、同一支付方的上一条标准到前一日为止。",
            warning="生效后金额、依据和合并规定不能再改，只能设失效日。请与文件逐项核对。",
            is_grave=True,
            template="awards/subsidies/rule_act.html",
        ),
        "drop": Act("作废", policy_actions.drop_rule, ReasonForm, done="已作废。"),
        "end": Act(
            "设失效日",
            policy_actions.end_rule,
            EndRuleForm,
            Permission.RULES_ENTER,
            when=lambda rule: rule.state == SubsidyRule.State.IN_FORCE,
            done="失效日已设定。",
            warning="失效日之后公布的荣誉不再按此标准；之前的不受影响。",
            is_aside=True,
            template="awards/subsidies/rule_act.html",
        ),
    }
    todos = {
        "check": Todo(
            "奖补标准待您核对",
            Role.FINANCE_CHECKER,
            lambda rows, user: rows.filter(state=SubsidyRule.State.ENTERED).exclude(entered_by=user),
        )
    }

    @admin.display(description="公示天数")
    def notice_length(self, rule):
        return f"{rule.notice_days} 个{'工作日' if rule.notice_in_workdays else '自然日'}" if rule.notice_days else "—"

    @admin.display(description="合并计算的荣誉")
    def with_which(self, rule):
        return "、".join(rule.combined) or "—"


@admin.register(OutsidePayment)
class OutsidePaymentAdmin(OfficeAdmin):
    """What organisations had for an honour elsewhere, each with its source."""

    list_display = [
        column("organisation.name", "单位", order="organisation__name"),
        column("kind.__str__", "荣誉"),
        "year",
        "payer_name",
        yuan_column("amount"),
        day_column("paid_on", "到账日期"),
        day_column("struck_at", "作废时间"),
    ]
    list_select_related = ["organisation", "kind"]
    search_fields = ["organisation__name", "payer_name", "source"]
    search_help_text = "单位名称、资金名称或来源"
    fields = [
        column("organisation.name", "单位"),
        column("kind.__str__", "荣誉"),
        "year",
        "payer",
        "payer_name",
        yuan_column("amount"),
        "paid_on",
        "source",
        "entered_at",
        column("entered_by.__str__", "录入人"),
        "struck_at",
        column("struck_by", "作废人"),
    ]
    list_acts = {
        "record": Act(
            "登记其他渠道资助",
            policy_actions.record_outside,
            OutsidePaymentForm,
            Permission.OUTSIDE_ENTER,
            done="已登记，核定奖补资格时会一并核查。",
        )
    }
    acts = {
        "strike": Act(
            "作废",
            policy_actions.strike_outside,
            ReasonForm,
            Permission.OUTSIDE_ENTER,
            when=lambda payment: payment.struck_at is None,
            done="已作废，不再计入。",
            warning="作废后留存在案，核定奖补资格时不再计入。",
            is_aside=True,
        )
    }
