"""The words of each kind of letter: values in, a plain mapping out, frozen with the letter. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date

from foshan_quality.lib.words import paper_date

BLANK_NUMBER = "　　　　〔　　　　〕　　号"  # a district numbers its letters itself
TITLE_LINE = 19  # characters of 2号 on a line of 156 mm
PAUSE = re.compile(r"(?=（|股份有限公司|有限责任公司|(?<!股份)有限公司)|(?<=）)")


@dataclass(frozen=True)
class Facts:
    """What a letter is about. `matters` are the points to correct, or the reasons, one a line.

    `remark` is the reason of a return where the points are named apart from it.
    """

    organisation: str
    application: str
    edition: str
    approval: str
    agency: str
    hotline: str
    submitted_on: date
    decided_on: date
    dated: date
    number: str
    is_rehearsal: bool = False
    matters: list[str] = field(default_factory=list)
    remark: str = ""
    basis: str = ""
    wording_basis: str = ""
    remedy: str = ""
    last_day: date | None = None
    days: int = 0
    days_basis: str = ""
    earlier: str = ""
    replaced: str = ""
    replaced_on: date | None = None


def compose(kind, title, facts):
    """The content of one letter about a screening: `kind` chooses the words."""
    opening, closing = PARTS[kind](facts)
    return {
        "title": title,
        "agency": facts.agency,
        "number": facts.number,
        "to": facts.organisation,
        "opening": [*_replacing(title, facts), *opening],
        "matters": facts.matters,
        "closing": closing,
        "contact": f"（联系电话：{facts.hotline}）",
        "dated": facts.dated.isoformat(),
        "is_rehearsal": facts.is_rehearsal,
    }


def _replacing(title, facts):
    if not facts.replaced:
        return []
    day = paper_date(facts.replaced_on)
    return [f"我局{day}发出的《{title}》（{facts.replaced}）内容有误，现予更正，以本文书为准，原文书作废。"]


def _received(facts):
    submitted = paper_date(facts.submitted_on)
    return f"你单位{submitted}提交的{facts.edition}申报材料（申报编号：{facts.application}）收悉。"


def _told(facts):
    count = f"下列{len(facts.matters)}处" if len(facts.matters) > 1 else "下列内容"
    opening = f"{_received(facts)}经审查，{count}需要补正，现将需要补正的全部内容一次性告知如下："
    return [opening], _until(facts, "特此告知。")


def _correction(facts):
    earlier = f"对照此前发出的《一次性告知书》（{facts.earlier}），" if facts.earlier else ""
    count = f"下列{len(facts.matters)}处" if len(facts.matters) > 1 else "下列内容"
    return [f"{_received(facts)}{earlier}经审查，{count}仍需补正："], _until(facts, "特此告知。")


def _until(facts, farewell):
    basis = f"（依据：{facts.days_basis}）" if facts.days_basis else ""
    until = (
        f"请自退回次日起{facts.days}个工作日内，即{paper_date(facts.last_day)}前（含当日），登录佛山市政府质量奖申报平台"
        f"补正并重新提交{basis}。逾期未提交的，视为放弃本次申报。"
    )
    remark = [f"退回补正的理由：{facts.remark}"] if facts.remark else []
    return [*remark, until, *_wording(facts), farewell]


def _acceptance(facts):
    approval = f"（批准文号：{facts.approval}）" if facts.approval else ""
    accepted = f"我局决定自{paper_date(facts.decided_on)}起予以受理，进入评审程序。"
    opening = [
        f"{_received(facts)}经审查，申报材料符合本届申报公告{approval}的要求，{accepted}",
        "受理后申报内容冻结，不能修改；受理不代表获奖，评审结果以公示和表彰通报为准。本奖项不收取任何费用。",
    ]
    return opening, [*_wording(facts), "特此通知。"]


def _refusal(facts):
    opening = f"{_received(facts)}经审查，我局于{paper_date(facts.decided_on)}决定不予受理。理由如下："
    basis = [f"依据：{facts.basis}。".replace("。。", "。")] if facts.basis else []
    return [opening], [*basis, *_wording(facts), facts.remedy, "特此通知。"]


def _wording(facts):
    return [f"办理依据：{facts.wording_basis}。".replace("。。", "。")] if facts.wording_basis else []


PARTS = {"told": _told, "correction": _correction, "acceptance": _acceptance, "refusal": _refusal}


def recommendation(
    *, organisation, credit_code, application, edition, agency, to, number, dated, is_rehearsal, **found
):
    """A district's letter to the city: what it found, and that it recommends the applicant."""
    return {
        "title": f"关于推荐{organisation}申报{edition}的函",
        "title_lines": ["关于推荐", *_name_lines(organisation), f"申报{edition}的函"],
        "agency": agency,
        "number": number or BLANK_NUMBER,
        "to": to,
        "opening": [
            f"{organisation}（统一社会信用代码：{credit_code}）申报{edition}（申报编号：{application}）。经我局初审："
        ],
        "matters": list(_found(**found)),
        "closing": [f"初审意见：{found['reason']}", "现予推荐，请予审查。", "专此函达。"],
        "contact": "",
        "dated": dated.isoformat(),
        "is_rehearsal": is_rehearsal,
    }


def _name_lines(name):
    """A name too long for one line of a title, parted where a reader would pause."""
    if len(name) <= TITLE_LINE:
        return [name]
    pauses = [match.start() for match in PAUSE.finditer(name) if match.start()] or [len(name) // 2]
    middle = min(pauses, key=lambda at: abs(at - len(name) / 2))
    return [name[:middle], name[middle:]]


def _found(*, checks, vetoes, looked, report_issued_on, opinions, reason):
    """`checks` and `vetoes` are (text, answer in words, note); `opinions` are (department, day, number, opinion)."""
    others = [f"“{text}”{answer}（{note}）" for text, answer, note in checks if answer != "符合"]
    met = len(checks) - len(others)
    yield f"检查清单{len(checks)}项，符合{met}项" + (f"；{'；'.join(others)}。" if others else "。")
    first, last = looked
    found = [f"“{text}”{answer}（{note}）" for text, answer, note in vetoes if answer != "无"]
    period = f"{paper_date(first)}至{paper_date(last)}"
    yield f"一票否决事项{len(vetoes)}项，回溯期间{period}：" + (f"{'；'.join(found)}。" if found else "均无。")
    yield f"公共信用信息报告：{paper_date(report_issued_on)}出具。"
    for department, day, number, opinion in opinions:
        paper = f"{paper_date(day)}，{number}" if number else paper_date(day)
        yield f"{department}意见（{paper}）：{opinion}".rstrip("。") + "。"
