"""How an organisation is told of its money, in plain words. Pure; no officer's name and no inner state gets here."""

from datetime import date
from decimal import Decimal

ZERO = Decimal("0.00")
STATES = {
    "prepared": "办理中",
    "approved": "办理中",
    "sending": "办理中",
    "sent": "已送财政支付，尚未到账",
    "paid": "已到账",
    "returned": "银行退回，没有到账",
}


def payment_said(state: str, *, is_replaced: bool = False) -> str:
    """Where a payment stands; `is_replaced` of a returned one that is being paid anew."""
    return STATES.get(state, "办理中") + ("，已重新办理" if is_replaced else "")


def next_said(
    states: list[str],
    *,
    unpaid: Decimal = ZERO,
    owed_back: Decimal = ZERO,
    due_on: date | None = None,
    is_revoked: bool = False,
    has_account: bool = True,
) -> str:
    """What comes next for one sum, given its payments' states, oldest first, what of it has not arrived, and what is
    owed back of it."""
    if owed_back:
        return f"荣誉已撤销，请于 {due_on:%Y年%-m月%-d日} 前退回 {owed_back:,.2f} 元。"
    last = states[-1] if states else ""
    if is_revoked:
        return REVOKED.get(last, "荣誉已撤销，不再支付。")
    if last == "returned":
        return "请单位负责人核对对公账户；核对后重新支付。"
    if last == "sent":
        return "财政支付后到账，到账日期会显示在这里。"
    if last == "paid":
        return f"其余 {unpaid:,.2f} 元尚未支付，支付和到账会显示在这里。" if unpaid else "没有后续事项。"
    if not has_account:
        return "请单位负责人确认对公账户，确认后才能支付。"
    return "正在办理支付，不需要提交材料。"


REVOKED = {
    "sending": "荣誉已撤销；款项到账的，须全部退回。",
    "sent": "荣誉已撤销；款项到账的，须全部退回。",
    "paid": "荣誉已撤销，奖金已经退清，没有后续事项。",
}
