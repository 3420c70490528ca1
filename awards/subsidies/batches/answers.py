"""What the lines of an answer file come to, held against the payments they speak of. Pure: nothing is guessed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .layouts import PAID, RETURNED, Answer

SETTLED, BOUNCED, REPEATED, DIFFERENCE = "settled", "returned", "repeated", "difference"
OUTCOMES = {PAID: SETTLED, RETURNED: BOUNCED}
ANSWERED = {"paid": PAID, "returned": RETURNED}


@dataclass(frozen=True)
class Standing:
    """A payment as it stands: its sum in yuan, its state, and the number of its batch, empty for one without."""

    amount: Decimal
    state: str
    state_name: str
    batch: str


@dataclass(frozen=True)
class Verdict:
    """What a line comes to, and for a difference why."""

    outcome: str
    why: str = ""


def judge(answers: list[Answer], standings: dict[str, Standing], batches: set[str], today: date) -> list[Verdict]:
    """One verdict a line, in order. `standings` by reference; `batches` are the numbers there are.

    A payment answered twice in one file the same way is a repetition; answered two ways, the second is a difference,
    and so is a day to come.
    """
    said, verdicts = {}, []
    for answer in answers:
        standing = standings.get(answer.reference)
        earlier = said.get(answer.reference) or (standing and ANSWERED.get(standing.state))
        verdict = _verdict(answer, standing, earlier, batches, today)
        if verdict.outcome in OUTCOMES.values():
            said[answer.reference] = answer.result
        verdicts.append(verdict)
    return verdicts


def _verdict(answer, standing, earlier, batches, today):
    why = answer.problem or _misfit(answer, standing, batches, today)
    if why:
        return Verdict(DIFFERENCE, why)
    if earlier:
        if earlier == answer.result:
            return Verdict(REPEATED)
        return Verdict(DIFFERENCE, f"结果与已登记的“{earlier}”矛盾")
    if standing.state != "sent":
        return Verdict(DIFFERENCE, f"拨付单现为“{standing.state_name}”，还没有送达财政")
    return Verdict(OUTCOMES[answer.result])


def _misfit(answer, standing, batches, today):
    if answer.day > today:
        return f"日期 {answer.day:%Y-%m-%d} 晚于今天"
    if answer.batch and answer.batch not in batches:
        return f"没有批次 {answer.batch}"
    if standing is None:
        return "没有这个支付流水号"
    if answer.batch != standing.batch:
        return f"这笔支付在批次 {standing.batch}" if standing.batch else "这笔支付不在任何批次里"
    if answer.amount != standing.amount:
        return f"金额不符，应为 {standing.amount:,}"
    return ""
