"""The papers an invented enterprise hands in: small PDFs in Chinese, marked 演练样张 on every page.

They are drawn with WeasyPrint from one plain layout. No seal or signature is imitated: where one would be, the
paper says so in words.
"""

from datetime import date, timedelta
from functools import cache
from html import escape

from awards.applications.sections import INDICATORS, DocumentKind
from awards.rehearsal.cast import Enterprise

AUDITED = ["total_assets", "revenue", "investment_income", "total_profit", "taxes_paid", "rd_spending", "debt_ratio"]

STYLE = """
@page { size: A4; margin: 24mm 22mm 20mm 26mm;
  @top-center { content: "演练样张 · 内容虚构 · 不具任何效力"; font: 9pt "Noto Serif CJK SC"; color: #b3261e }
  @bottom-center { content: counter(page) " / " counter(pages); font: 9pt "Noto Serif CJK SC"; color: #555 } }
body { font: 11pt/1.75 "Noto Serif CJK SC"; color: #1a1a1a; margin: 0 }
h1 { font: 20pt/1.4 "Noto Serif CJK SC"; text-align: center; letter-spacing: .12em; margin: 6mm 0 8mm }
h2 { font: 12.5pt/1.5 "Noto Serif CJK SC"; margin: 6mm 0 2mm }
p { margin: 0 0 2mm; text-indent: 2em; text-align: justify }
p.flush, p.right { text-indent: 0 } p.right { text-align: right; margin-top: 8mm }
table { width: 100%; border-collapse: collapse; margin: 2mm 0 4mm; font-size: 10pt }
th, td { border: .4pt solid #888; padding: 1.4mm 2.4mm; text-align: left; font-weight: normal; vertical-align: top }
th { background: #f1f1ee; width: 32% } thead th { width: auto; text-align: center } td.n { text-align: right }
.w { position: fixed; left: 0; right: 0; text-align: center; font: 54pt "Noto Serif CJK SC"; letter-spacing: .2em;
  color: rgba(179, 38, 30, .13); transform: rotate(-28deg) }
.a { top: 30mm } .b { top: 110mm } .c { top: 190mm }
.break { break-before: page }
"""

WATERMARK = "".join(f'<div class="w {place}">演练样张</div>' for place in "abc")


def document_pdf(kind: DocumentKind, enterprise: Enterprise, *, year: int) -> bytes:
    """Draw the paper of this kind which the enterprise hands in for the edition of `year`."""
    return specimen_pdf(str(kind.label), _BODIES[kind.key](enterprise, year))


def account_pdf(enterprise: Enterprise) -> bytes:
    """Draw what the bank says of the enterprise's own account."""
    bank = enterprise.bank
    rows = [("户名", bank.holder), ("开户银行", bank.name), ("账号", bank.account)]
    seals = "<p class=right>（此处应有银行业务章和单位公章）</p>"
    return specimen_pdf("开户信息", f"<h1>开户信息</h1>{_table(rows)}{seals}")


def specimen_pdf(title: str, body: str) -> bytes:
    """Draw a paper of the rehearsal from its body in HTML, marked as a specimen."""
    from weasyprint import HTML  # a second to import, and only needed when there is something to draw

    source = f'<html lang="zh-CN"><title>{escape(title)}（演练样张）</title><body>{WATERMARK}{body}</body>'
    style, fonts = _style()
    return HTML(string=source).write_pdf(stylesheets=[style], font_config=fonts)


@cache
def _style():
    """Give the parsed stylesheet and the fonts, shared by all papers of the process."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return CSS(string=STYLE, font_config=fonts), fonts


def _licence(enterprise: Enterprise, year: int) -> str:
    """Draw the business licence."""
    rows = [
        ("统一社会信用代码", enterprise.credit_code),
        ("名称", enterprise.name),
        ("类型", "股份有限公司" if "股份" in enterprise.name else "有限责任公司"),
        ("法定代表人", enterprise.legal_representative),
        ("成立日期", _chinese_date(enterprise.registered_on)),
        ("营业期限", "长期"),
        ("住所", enterprise.address),
        ("经营范围", f"{enterprise.profile['main_products']}（以上为演练内容，不构成许可）"),
    ]
    note = "本页按营业执照的栏目排版，仅供系统演练；统一社会信用代码的行政区划位为 000000，不对应任何市场主体。"
    return f"<h1>营业执照（样张）</h1>{_table(rows)}{_p(note)}{_p('登记机关：（演练样张，不加盖印章）', 'right')}"


def _audit_reports(enterprise: Enterprise, year: int) -> str:
    """Draw an auditor's opinion, and the three years' figures on a second page."""
    years = sorted(enterprise.indicators)
    span = f"{years[0]}年度至{years[-1]}年度"
    opinion = "".join(
        [
            _p(f"{enterprise.name}全体股东：", "flush"),
            "<h2>一、审计意见</h2>",
            _p(
                f"我们审计了{enterprise.name}（以下简称“贵公司”）{span}的财务报表。我们认为，后附主要财务数据在所有"
                "重大方面公允反映了贵公司各年末的财务状况以及各年度的经营成果。"
            ),
            "<h2>二、形成审计意见的基础</h2>",
            _p(
                "我们按照审计准则的规定执行了审计工作，独立于贵公司，并履行了职业道德方面的其他责任。我们相信，"
                "获取的审计证据是充分、适当的，为发表审计意见提供了基础。"
            ),
            "<h2>三、管理层与治理层的责任</h2>",
            _p(
                "管理层负责编制财务报表并使其实现公允反映，设计、执行和维护必要的内部控制；治理层负责监督财务报告过程。"
            ),
            _p("（虚构）岭南知微会计师事务所", "right"),
            _p(f"{_chinese_date(date(year, 3, 28))}　　注册会计师：（演练样张，不签名盖章）", "right"),
        ]
    )
    return f'<h1>审计报告（样张）</h1>{opinion}<h1 class="break">主要财务数据</h1>{_figures(enterprise, years)}'


def _figures(enterprise: Enterprise, years: list[int]) -> str:
    """Draw the table of the three years."""
    head = "".join(f"<th>{text}</th>" for text in ["项目", "单位", *(f"{year}年" for year in years)])
    lines = "".join(
        f"<tr><td>{escape(str(field.label))}</td><td>{field.unit}</td>"
        + "".join(f'<td class="n">{enterprise.indicators[year][field.key]:,}</td>' for year in years)
        + "</tr>"
        for field in INDICATORS
        if field.key in AUDITED
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>{_p('注：数据与申报表三年指标一致。')}"


def _management_certificates(enterprise: Enterprise, year: int) -> str:
    """Draw the certificates of the management systems as one list."""
    scope = enterprise.profile["main_products"]
    blocks = []
    for place, line in enumerate(enterprise.profile["management_system"].splitlines(), start=1):
        system, _, validity = line.partition("（")
        rows = [
            ("证书编号", f"YL{year}-{enterprise.credit_code[-6:]}-{place}"),
            ("认证依据", system),
            ("获证组织", enterprise.name),
            ("认证范围", f"{scope}及相关管理活动"),
            ("有效期", validity.removeprefix("有效期").rstrip("）")),
        ]
        blocks.append(f"<h2>{place}. {escape(system)}认证证书</h2>{_table(rows)}")
    return f"<h1>管理体系认证证书（样张）</h1>{''.join(blocks)}{_p('发证机构：（虚构）珠江西岸认证中心', 'right')}"


def _credit_report(enterprise: Enterprise, year: int) -> str:
    """Draw the credit report: nothing against the enterprise."""
    until = date(year, 3, 31)
    fields = [
        "市场监管",
        "生产安全",
        "生态环境",
        "税务",
        "人力资源和社会保障",
        "住房和城乡建设",
        "消防安全",
        "知识产权",
    ]
    rows = [(field, "查询期内未发现违法违规记录") for field in fields]
    since = date(year - 3, 4, 1)
    who = [
        ("信用主体", enterprise.name),
        ("统一社会信用代码", enterprise.credit_code),
        ("查询期间", f"{_chinese_date(since)}至{_chinese_date(until)}"),
        ("报告日期", _chinese_date(until + timedelta(days=3))),
    ]
    note = "本报告为演练样张，未查询任何信用信息平台，不能用于证明任何主体的信用状况。"
    return f"<h1>公共信用信息报告（样张）</h1>{_table(who)}<h2>分领域查询结果</h2>{_table(rows)}{_p(note)}"


def _commitment(enterprise: Enterprise, year: int) -> str:
    """Draw the applicant's commitment."""
    promises = [
        "提交的申报表、组织概述、自评报告和佐证材料真实、准确、完整，复印件与原件一致，不存在虚构和隐瞒。",
        "三年内未发生重大质量、安全、环境污染和公共卫生事故，无严重失信行为；申报期间如有变化，及时书面报告。",
        "同意将申报材料提供给承担评审工作的人员查阅，其中的商业秘密和技术秘密已作出标识。",
        "遵守评审纪律，不以任何方式影响评审人员独立判断，积极配合资料核实和现场评审。",
        "如有违反承诺的情形，愿意承担取消申报资格、撤销奖项、退回奖补资金等后果。",
    ]
    body = "".join(_p(f"{number}、{promise}") for number, promise in zip("一二三四五", promises, strict=True))
    return (
        f"<h1>申报承诺书（样张）</h1>{_p('市政府质量奖评审委员会秘书处：', 'flush')}"
        f"{_p(f'{enterprise.name}自愿申报{year}年佛山市政府质量奖，现郑重承诺如下：')}{body}"
        f"{_p(enterprise.name, 'right')}{_p(f'法定代表人：{enterprise.legal_representative}', 'right')}"
        f"{_p(f'{_chinese_date(date(year, 4, 8))}（演练样张，不签名、不盖章）', 'right')}"
    )


def _evidence(enterprise: Enterprise, year: int) -> str:
    """Draw a catalogue of further evidence."""
    latest = enterprise.indicators[max(enterprise.indicators)]
    rows = [
        ("1. 有效发明专利清单", f"{latest['valid_patents']:.0f} 件"),
        ("2. 顾客满意度调查报告", f"{max(enterprise.indicators)}年，{latest['customer_satisfaction']} 分"),
        ("3. 质量荣誉", enterprise.profile["past_honours"].replace("\n", "；")),
        ("4. 组织架构图与质量管理文件目录", "1 套"),
    ]
    return f"<h1>其他证实性材料目录（样张）</h1>{_p(f'申报单位：{enterprise.name}', 'flush')}{_table(rows)}"


_BODIES = {
    "licence": _licence,
    "audit_reports": _audit_reports,
    "management_certificates": _management_certificates,
    "credit_report": _credit_report,
    "commitment": _commitment,
    "evidence": _evidence,
}


def _table(rows: list[tuple[str, str]]) -> str:
    """Draw rows of a heading and its value."""
    return (
        f"<table>{''.join(f'<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows)}</table>"
    )


def _p(text: str, kind: str = "") -> str:
    """Draw a paragraph."""
    return f'<p class="{kind}">{escape(text)}</p>'


def _chinese_date(day: date) -> str:
    """Write a date the Chinese way: 2026年5月8日."""
    return f"{day.year}年{day.month}月{day.day}日"
