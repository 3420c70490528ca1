"""What a booking's source says: which record it comes from, by which event. Pure.

The grammar is `record:key`, `record:key:event` or `record:key:event:key of a part`: budget:3, disbursement:12:settle,
clawback:4:recovery:9.
"""

from dataclasses import dataclass

EVENTS = {
    ("budget", ""): "下达",
    ("budget", "change"): "追加或调减",
    ("disbursement", "approve"): "复核通过",
    ("disbursement", "reject"): "退回经办",
    ("disbursement", "stop"): "因撤销荣誉停付",
    ("disbursement", "claim"): "送财政",
    ("disbursement", "settle"): "到账",
    ("disbursement", "bounce"): "退汇",
    ("clawback", "open"): "立项追回",
    ("clawback", "recovery"): "退回奖金",
    ("clawback", "reduction"): "减免",
}
RECORDS = {"budget": "资金预算", "disbursement": "拨付单", "clawback": "奖金追回"}
BOUNCED = ":bounce"  # how the source of a returned payment ends

# Why a booking is not reversed by hand, and what is done instead.
RESTS = {
    ("budget", ""): "预算的下达是该资金全部台账的起点；金额有误的，请按文件办理“追加或调减”",
    ("disbursement", "approve"): "拨付单的状态以这笔记账为据；还没有送财政的，请由复核人员“退回经办”",
    ("disbursement", "reject"): "拨付单已因此作废；需要支付的，请重新编制拨付单",
    ("disbursement", "stop"): "拨付单已因撤销荣誉停付；撤销决定有变的，请按新的决定重新办理",
    ("disbursement", "claim"): "拨付单已送财政；请等财政的支付结果，退汇的系统自动记账",
    ("disbursement", "settle"): "款项已到账；应当退回的，请在撤销荣誉后办理追回",
    ("disbursement", "bounce"): "财政已退汇；请核对账户后重新编制拨付单",
    ("clawback", "open"): "奖金追回以这笔记账为据；撤销决定有变的，请按新的决定办理",
    ("clawback", "recovery"): "退回的奖金按收款凭证入账；多收的，请由财政退还单位，台账不冲减",
    ("clawback", "reduction"): "减免以文件为据；文件有变的，请按新的文件办理追回",
}
UNKNOWN = "这笔记账是业务办理的结果；请在来源记录上办理"


@dataclass(frozen=True)
class Source:
    """A source taken apart. `record` and `event` are words of the grammar, `key` and `part` keys or None."""

    record: str
    key: int | None = None
    event: str = ""
    part: int | None = None

    @property
    def said(self) -> str:
        """In words: 拨付单 12 到账."""
        event = EVENTS.get((self.record, self.event), "")
        return " ".join(filter(None, [RECORDS.get(self.record, self.record), str(self.key or ""), event]))

    @property
    def is_change(self) -> bool:
        """Whether a change of a budget was booked: the only booking that is reversed by hand."""
        return (self.record, self.event) == ("budget", "change") and self.part is not None


def read(source: str) -> Source:
    """Take a source apart; what is not of the grammar keeps its words and has no key."""
    record, key, event, part, *_ = [*source.split(":"), "", "", ""]
    return Source(record, _key(key), event, _key(part))


def _key(text):
    return int(text) if text.isdecimal() else None


def rests_upon(source: str, *, is_reversal: bool, is_reversed: bool) -> str:
    """Why this booking cannot be reversed and what to do instead; empty where it can."""
    taken = read(source)
    if is_reversal:
        return "冲正的记账不能再冲正；需要恢复的，请按文件重新办理“追加或调减”。"
    if is_reversed:
        return "这笔记账已经冲正，一笔只冲正一次。"
    if taken.is_change:
        return ""
    return f"不能手工冲正：{RESTS.get((taken.record, taken.event), UNKNOWN)}。"
