"""What an applicant is shown of where things stand, and what not yet. Pure.

From acceptance until the public notice every application looks the same, whatever has been decided:
no shortlist, no vote, no proposal is hinted at before its release.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from awards.process import State

UNRELEASED = {State.IN_REVIEW, State.SHORTLISTED, State.NOT_SHORTLISTED, State.PROPOSED, State.NOT_PROPOSED}
PASSED_OVER = {State.NOT_SHORTLISTED, State.NOT_PROPOSED}
NOT_ON_THE_NOTICE = PASSED_OVER | {State.SHORTLISTED, State.PROPOSED}  # once it is out; the latter by another vote
KINDS = {
    State.DRAFT: "act",
    State.RETURNED: "act",
    State.WITHDRAWN: "done",
    State.REFUSED: "stop",
    State.STRUCK: "stop",
    State.NOT_APPROVED: "stop",
    State.HONOURED: "good",
}


DEFERRED = "因异议核查暂缓审定"


@dataclass(frozen=True)
class Standing:
    """A state as the applicant may see it: its words and how loud they are."""

    words: str
    kind: str = "wait"


def standing(state, *, is_released, is_deferred=False) -> Standing:
    """The state an applicant may see. `is_released` says whether the edition's notice has been published, `is_deferred`
    whether the approval of its list left the application to a later one because of an objection."""
    if is_deferred:
        return Standing(DEFERRED)
    if state in NOT_ON_THE_NOTICE and is_released:
        return Standing("未列入拟奖名单", "done")
    if state in UNRELEASED:
        return Standing(State.IN_REVIEW.label)
    return Standing(State(state).label, KINDS.get(state, "wait"))


@dataclass(frozen=True)
class Step:
    """One step of the timeline, as components/timeline.html wants it."""

    name: str
    kind: str
    when: date | datetime | str | None = None
    note: str = ""


@dataclass(frozen=True)
class Dates:
    """What is known of an application's way so far."""

    submitted: datetime | None = None
    accepted: datetime | None = None
    notice: str = ""
    approved: date | None = None
    document: str = ""
    certified: datetime | None = None
    paid: date | None = None
    revoked: date | None = None
    revoked_under: str = ""


PAYMENTS = {
    "prepared": "办理中",
    "approved": "办理中",
    "sending": "办理中",
    "sent": "已送财政支付",
    "paid": "已拨付",
    "returned": "已退汇，请核对对公账户",
}
TOLD = {"sent", "paid", "returned"}  # the sum is told once the order has left the house


def payment_words(state="", amount=None) -> str:
    """Where a payment stands, as its payee may know it. Without a payment it has yet to be prepared."""
    words = PAYMENTS.get(state, "待办理")
    return f"{words}（{amount:,.2f} 元）" if state in TOLD else words


NAMES = ["提交", "受理", "评审", "公示", "批准", "证书", "资金"]
SUBMIT, ACCEPT, REVIEW, NOTICE, APPROVE, CERTIFY, PAY = range(len(NAMES))
REACHED = {
    State.DRAFT: SUBMIT,
    State.RETURNED: SUBMIT,
    State.WITHDRAWN: SUBMIT,
    State.SUBMITTED: ACCEPT,
    State.REFUSED: ACCEPT,
    State.PUBLICISED: NOTICE,
    State.STRUCK: NOTICE,
    State.NOT_APPROVED: APPROVE,
}


ENDED = {State.REFUSED, State.STRUCK, State.WITHDRAWN, State.NOT_APPROVED}


def timeline(state, dates: Dates, *, is_released, is_deferred=False) -> list[Step]:
    """The way from submission to payment, and to the end of a revoked honour. Steps not reached carry no date."""
    seen = standing(state, is_released=is_released, is_deferred=is_deferred)
    reached = APPROVE if is_deferred else _reached(state, dates)
    ended = state in ENDED or (state in NOT_ON_THE_NOTICE and is_released)
    whens = [dates.submitted, dates.accepted, None, dates.notice, dates.approved, dates.certified, dates.paid]
    steps = []
    for place, (name, when) in enumerate(zip(NAMES, whens, strict=True)):
        if place < reached:
            steps.append(Step(name, "done", when, dates.document if place == APPROVE else ""))
        elif dates.revoked:
            continue  # what has not happened will not
        elif place == reached:
            note = "办理中" if state == State.HONOURED else seen.words
            steps.append(Step(name, "stopped" if ended else "now", when, note))
        else:
            steps.append(Step(name, "later"))
    return [*steps, Step("撤销", "stopped", dates.revoked, dates.revoked_under)] if dates.revoked else steps


NEXT = {
    State.SUBMITTED: "等待资格审查；需要补正的，会在这里和消息里列出。",
    State.PUBLICISED: "公示期满、异议核查完毕后报市政府批准。批准文件生效前，拟奖名单不是最终结果。",
    State.NOT_APPROVED: "市政府批准文件未列入本申报，没有后续事项。如有疑问请联系秘书处。",
}


def next_step(state, dates: Dates, *, is_deferred=False) -> str:
    """What comes next, in one sentence; empty where the timeline says it all. Tells nothing unreleased."""
    if is_deferred:
        return f"本届其他单位已经审定，本单位{DEFERRED}。核查办结后补充报批，结果会在这里和消息里告知。"
    if dates.revoked:
        return "荣誉已撤销，证书不再有效。退回奖金和以后申报的限制见撤销告知。"
    if state != State.HONOURED:
        return NEXT.get(state, "")
    if not dates.certified:
        return "批准文件已生效，证书签发后可在本页下载。"
    if not dates.paid:
        return "证书已可下载。请核对对公账户，奖补资金由财政部门按程序拨付。"
    return "各环节已办结。"


def _reached(state, dates):
    if state != State.HONOURED:
        return REACHED.get(state, REVIEW)
    if not dates.certified:
        return CERTIFY
    return PAY if not dates.paid else len(NAMES)


@dataclass(frozen=True)
class Task:
    """One part of the form: how much of it is filled, by whom last, and what is wrong with it."""

    key: str
    group: str
    name: str
    done: int
    total: int
    edited_at: datetime | None = None
    edited_by: str = ""
    problems: list = field(default_factory=list)

    @property
    def state(self):
        if any(problem.code != "missing" for problem in self.problems):
            return "需要修改"
        if self.done == self.total:
            return "已完成"
        return "填写中" if self.done or self.edited_at else "未开始"

    @property
    def kind(self):
        return {"需要修改": "stop", "已完成": "done", "填写中": "act"}.get(self.state, "wait")
