"""Whether an entered decision can take effect, and how a case is told to the holder. Pure."""

from datetime import date

from awards.applications.progress import Step
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import is_document_number

REVOKE, KEEP = "revoke", "keep"


def decision_problems(facts: dict, *, today: date, has_scan: bool) -> list[Problem]:
    """Everything that keeps a decision from being entered: a revocation needs its document, the other its grounds."""
    if facts["outcome"] == KEEP:
        return [] if facts["grounds"] else [Problem("grounds", "请写明不予撤销的理由。没有保存。", "grounds")]
    problems = []
    if not is_document_number(facts["number"]):
        text = "文号应写作“佛府〔2026〕3号”的形式：六角括号、四位年份、序号不补零。"
        problems.append(Problem("number", text, "number"))
    problems += [
        Problem("empty", f"请填写{label}。没有保存。", name)
        for name, label in (("issuer", "决定机关"), ("title", "标题"), ("public_reason", "公开的撤销原因"))
        if not facts[name]
    ]
    if not facts["issued_on"] or facts["issued_on"] > today:
        problems.append(Problem("issued_on", "请填写决定日期，不晚于今天。没有保存。", "issued_on"))
    if facts["repay_by"] and facts["repay_by"] < today:
        problems.append(Problem("repay_by", "奖金退回期限早于今天。没有保存。", "repay_by"))
    if not has_scan:
        problems.append(Problem("scan", "请上传决定的扫描件。没有保存。", "upload"))
    return problems


NAMES = ["告知", "陈述申辩", "听取意见", "决定"]


def timeline(case) -> list[Step]:
    """A told case as its holder sees it. A decision shows once it is confirmed, not while it is entered."""
    said = max((statement.stated_at for statement in case.statements.all()), default=None)
    whens = [case.told_at, said, case.heard_on, case.issued_on or case.confirmed_at]
    reached = {"told": 1, "heard": 3, "decided": 3}.get(case.state, len(NAMES))
    notes = ["", f"截止 {case.answer_by}" if case.answer_by else "", "", ""]
    kinds = ["done" if n < reached else "now" if n == reached else "later" for n in range(len(NAMES))]
    return [
        Step(name, kind, when if kind == "done" else None, note if kind != "later" else "")
        for name, kind, when, note in zip(NAMES, kinds, whens, notes, strict=True)
    ]


def next_step(state: str, answer_by, owes: str) -> str:
    """What comes next for the holder, in one sentence."""
    if state == "told":
        return f"可以在 {answer_by} 前（含当日）在本页陈述申辩；逾期未提交的，视为放弃。听取意见后由市政府决定。"
    if state in {"heard", "decided"}:
        return "已听取意见，等待市政府决定。决定生效前，荣誉和证书照常有效。"
    if state == "kept":
        return "决定不予撤销，荣誉和证书照常有效，没有后续事项。"
    return owes or "撤销已生效，没有需要退回的奖金。"
