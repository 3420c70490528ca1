"""The application form as data: what an enterprise fills in, in the order it is asked.

The self-report is not listed here: its items are the scored items of the rubric the edition pins
(GB/T 19580 numbering). Field shapes follow the application packs of comparable programmes
(organisation overview, three years of indicators, evidence); none of it is a rule of its own.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from awards.programmes.catalogue import DocumentKind, default_catalogue

from .counting import count

__all__ = ["DOCUMENTS", "INDICATORS", "PROFILE", "REPORT_LIMIT", "DocumentKind", "IndicatorField", "ProfileField"]


@dataclass(frozen=True)
class ProfileField:
    """One answer about the organisation. `limit` is in 字 (counting.RULE), for answers of one line in characters."""

    key: str
    label: str
    hint: str = ""
    rows: int = 1
    limit: int = 200
    is_required: bool = True

    def length(self, text: str) -> int:
        """How long the text is, in the measure of `limit`."""
        return count(text) if self.rows > 1 else len(text)


@dataclass(frozen=True)
class IndicatorField:
    """One figure asked for each of three years. `unit` is shown and stored with the snapshot."""

    key: str
    label: str
    unit: str
    may_be_negative: bool = False


PROFILE = [
    ProfileField("main_products", _("主要产品或服务"), _("按主营业务收入从高到低列出"), rows=3, limit=500),
    ProfileField("employees", _("职工人数"), _("上年末在册人数"), limit=9),
    ProfileField(
        "management_system", _("管理体系认证"), _("质量、环境、职业健康安全等，写明有效期"), rows=3, limit=500
    ),
    ProfileField("cpe_started_on", _("导入卓越绩效管理的时间"), _("例如 2019-03"), limit=10),
    ProfileField("past_honours", _("近五年质量荣誉"), _("没有请写“无”"), rows=3, limit=1000),
    ProfileField(
        "overview", _("组织概述"), _("组织环境、组织关系、组织面临的挑战与优势，不超过 3000 字"), rows=14, limit=3000
    ),
    ProfileField("contact_name", _("申报联系人"), limit=40),
    ProfileField("contact_phone", _("联系电话"), limit=30),
    ProfileField("contact_email", _("联系邮箱"), limit=100),
]

INDICATORS = [
    IndicatorField("total_assets", _("资产总额"), "万元"),
    IndicatorField("revenue", _("主营业务收入"), "万元"),
    IndicatorField("investment_income", _("投资收益"), "万元", may_be_negative=True),
    IndicatorField("total_profit", _("利润总额"), "万元", may_be_negative=True),
    IndicatorField("taxes_paid", _("纳税总额"), "万元"),
    IndicatorField("exports", _("出口创汇"), "万美元"),
    IndicatorField("rd_spending", _("研发投入"), "万元"),
    IndicatorField("return_on_assets", _("总资产贡献率"), "%", may_be_negative=True),
    IndicatorField("capital_preservation", _("资本保值增值率"), "%"),
    IndicatorField("debt_ratio", _("资产负债率"), "%"),
    IndicatorField("current_asset_turnover", _("流动资产周转率"), "次"),
    IndicatorField("cost_profit_ratio", _("成本费用利润率"), "%", may_be_negative=True),
    IndicatorField("labour_productivity", _("全员劳动生产率"), "万元/人"),
    IndicatorField("sales_ratio", _("产品销售率"), "%"),
    IndicatorField("first_pass_yield", _("产品一次交验合格率"), "%"),
    IndicatorField("quality_loss_ratio", _("质量损失率"), "%"),
    IndicatorField("new_product_ratio", _("新产品产值率"), "%"),
    IndicatorField("energy_per_output", _("万元产值综合能耗"), "吨标准煤"),
    IndicatorField("customer_satisfaction", _("顾客满意度"), "分"),
    IndicatorField("valid_patents", _("有效发明专利"), "件"),
]

DOCUMENTS = default_catalogue()  # what an edition starts from; what it asks for in the end is `catalogue_of(edition)`

REPORT_LIMIT = 30_000  # 字 (counting.RULE) over all items, tables included: the usual limit of sibling programmes
