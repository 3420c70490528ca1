"""What people can be told: every kind with its nature, title and words. Pure reading, nothing is stored.

`text` stands in the inbox and may carry a reason or a name. `copy` is what the mail says: it passes through
other people's servers, so it takes only the values in `MAY_BE_MAILED`, none of which a user has typed; without
`copy` no mail goes out. `waits` names the query that tells which matters of a 待办 still wait to be done, by
its place in the code, since this room may not look into the rooms above it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.module_loading import import_string

MAY_BE_MAILED = {"edition", "formerly", "left", "number", "until"}


class Nature(TextChoices):
    """What a message wants of its reader."""

    TODO = "todo", "待办"
    REMINDER = "reminder", "提醒"
    NEWS = "news", "通知"


OPTIONAL = [Nature.REMINDER, Nature.NEWS]  # whose mail copies a person may stop


@dataclass(frozen=True)
class Kind:
    """One kind of message."""

    nature: Nature
    title: str
    text: str
    copy: str = ""
    waits: str = ""

    @property
    def still_waiting(self) -> Callable:
        """The query that takes matters and gives those of them that wait."""
        return import_string(self.waits)


N = Nature
KINDS = {
    # the call
    "close_near": Kind(
        N.REMINDER,
        "申报快要截止",
        "{edition}将于 {until} 截止申报，还剩 {left}。您单位的申报还没有提交，逾期不能提交。",
        "{edition}将于 {until} 截止申报，还剩 {left}。您单位的申报还没有提交，逾期不能提交。",
    ),
    "correction_near": Kind(
        N.REMINDER,
        "补正快要截止",
        "申报 {number} 的补正将于 {until} 截止，还剩 {left}。补正还没有提交，逾期视为放弃。",
        "申报 {number} 的补正将于 {until} 截止，还剩 {left}。补正还没有提交，逾期视为放弃。",
    ),
    "window_extended": Kind(
        N.NEWS,
        "申报截止时间延长",
        "{edition}的申报截止时间由 {formerly} 延长至 {until}（{document}）。{reason}",
        "{edition}的申报截止时间延长至 {until}，原定 {formerly}。",
    ),
    "window_shortened": Kind(
        N.REMINDER,
        "申报截止时间提前",
        "{edition}的申报截止时间由 {formerly} 提前至 {until}（{document}）。{reason} 尚未提交的请尽快提交。",
        "{edition}的申报截止时间提前至 {until}，原定 {formerly}。尚未提交的请尽快提交。",
    ),
    # applying and screening
    "application_submitted": Kind(
        N.NEWS,
        "申报已提交",
        "申报 {number} 已提交，等待资格审查。",
        "申报 {number} 已提交，等待资格审查。",
    ),
    "application_returned": Kind(
        N.TODO,
        "申报需要补正",
        "申报 {number} 需要补正：{reason}",
        "申报 {number} 需要补正。补正内容和最后一天请登录门户查看，逾期视为放弃。",
        waits="awards.waiting.returned",
    ),
    "letter_ready": Kind(
        N.NEWS, "文书可以下载", "申报 {number} 的{letter}已可下载。", "申报 {number} 有一份文书可以下载。"
    ),
    "application_accepted": Kind(
        N.NEWS, "申报已受理", "申报 {number} 已受理，进入评审。", "申报 {number} 已受理，进入评审。"
    ),
    "application_refused": Kind(
        N.NEWS,
        "申报不予受理",
        "申报 {number} 不予受理：{reason}",
        "申报 {number} 不予受理。理由和依据请登录门户查看。",
    ),
    "opinion_confirmed": Kind(
        N.NEWS,
        "审查意见复核通过",
        "您对申报 {number} 的审查意见已由{person}复核通过，决定已生效。",
        "您对申报 {number} 的审查意见已复核通过，决定已生效。",
    ),
    "opinion_sent_back": Kind(
        N.NEWS,
        "审查意见被退回",
        "您对申报 {number} 的审查意见已由{person}退回：{reason}",
        "您对申报 {number} 的审查意见没有通过复核，已退回。理由请登录门户查看。",
    ),
    # reviews
    "review_assigned": Kind(
        N.TODO,
        "新的评审任务",
        "您有新的评审任务：{number}。请先声明有无利害关系。",
        "您有新的评审任务：{number}。请登录门户，先声明有无利害关系。",
        waits="awards.waiting.unscored",
    ),
    "reviews_assigned": Kind(
        N.TODO,
        "新的评审任务",
        "您有 {count} 件新的评审任务：{numbers}。请先声明有无利害关系。",
        "您有新的评审任务。请登录门户，先声明有无利害关系。",
        waits="awards.waiting.unscored_of_proposal",
    ),
    "expert_invited": Kind(
        N.TODO,
        "评审邀请",
        "邀请您参加{edition}的评审，请在 {until} 前答复。",
        "邀请您参加{edition}的评审，请在 {until} 前登录门户答复。",
        waits="awards.waiting.unanswered_invitations",
    ),
    "seat_ended": Kind(
        N.NEWS,
        "评审任务已终止",
        "您不再承担 {number} 的评审，不能再查看其材料。{reason}",
        "您不再承担 {number} 的评审，不能再查看其材料。原因请登录门户查看。",
    ),
    "panel_gap": Kind(
        N.NEWS,
        "评审组有人退出",
        "您任组长的 {number} 有一名专家退出评审组，其评分不再计入，秘书处将另行安排。",
        "您任组长的 {number} 有一名专家退出评审组，其评分不再计入，秘书处将另行安排。",
    ),
    "panel_refilled": Kind(
        N.NEWS,
        "评审组已补充",
        "您任组长的 {number} 的评审组已更换一名专家，其他成员不变。",
        "您任组长的 {number} 的评审组已更换一名专家，其他成员不变。",
    ),
    "seat_vacated": Kind(
        N.NEWS,
        "专家退出评审，请补充",
        "{expert}退出 {number} 的评审组，其评分不再计入：{reason} 请补充专家。",
        "{number} 有一名专家退出评审组，请登录门户补充。",
    ),
    "sheet_reopened": Kind(
        N.TODO,
        "评分表退回修改",
        "您对 {number} 的评分表已退回修改：{reason}",
        "您对 {number} 的评分表已退回修改。理由请登录门户查看。",
        waits="awards.waiting.unscored",
    ),
    "consensus_begun": Kind(
        N.TODO,
        "开始合议",
        "申报 {number} 的独立评审已经齐全，可以合议。",
        "申报 {number} 可以合议，请登录门户办理。",
        waits="awards.waiting.open_consensus",
    ),
    "consensus_closed": Kind(
        N.NEWS,
        "合议结果待您确认",
        "申报 {number} 的合议已由组长关闭，请确认或者写明不同意见。",
        "申报 {number} 的合议已经关闭，请登录门户确认或者写明不同意见。",
    ),
    "visit_seat": Kind(
        N.NEWS,
        "现场评审任务",
        "您已列入申报 {number} 的现场评审组。请先声明有无利害关系。",
        "您有新的现场评审任务：{number}。请登录门户，先声明有无利害关系。",
    ),
    "visit_seat_vacated": Kind(
        N.NEWS,
        "专家退出现场评审，请补充",
        "{expert}退出 {number} 的现场评审组：{reason} 请补充专家或者另定组长。",
        "{number} 有一名专家退出现场评审组，请登录门户补充。",
    ),
    "visit_planned": Kind(
        N.NEWS,
        "现场评审安排",
        "申报 {number} 的现场评审安排在 {days}。请在申报页面查看议程，确认日期或者请求另定日期。",
        "申报 {number} 有新的评审安排，请登录门户查看并回复。",
    ),
    "visit_answered": Kind(N.NEWS, "申报单位答复现场评审日期", "申报 {number}：{answer}"),
    "hearing_told": Kind(
        N.NEWS,
        "陈述答辩安排",
        "申报 {number} 的陈述答辩安排在 {time}，地点：{place}。",
        "申报 {number} 有新的评审安排，请登录门户查看。",
    ),
    "hearing_panel": Kind(
        N.NEWS,
        "陈述答辩安排",
        "您评审的申报将于 {day} 陈述答辩，各件时间和评分见“答辩评分”。",
        "您评审的申报有新的评审安排，请登录门户查看。",
    ),
    "hearing_reopened": Kind(
        N.NEWS,
        "答辩评分退回修改",
        "您对 {number} 的答辩评分已退回修改：{reason}",
        "您对 {number} 的答辩评分已退回修改。理由请登录门户查看。",
    ),
    "feedback_released": Kind(
        N.NEWS, "反馈报告已发放", "申报 {number} 的反馈报告可以查看了。", "申报 {number} 有一份反馈报告可以查看。"
    ),
    # the committee
    "meeting_called": Kind(
        N.TODO,
        "评委会会议",
        "{title}（{edition}）定于 {until} 召开，地点：{place}。请会前阅读候选单位情况，有利害关系的请申请回避。",
        "{edition}评审委员会会议定于 {until} 召开，请登录门户查看地点和会议材料。",
        waits="awards.waiting.meetings_to_come",
    ),
    "meeting_postponed": Kind(
        N.REMINDER,
        "评委会会议改期",
        "{title}（{edition}）原定 {before}，改为 {until}。原因：{reason}。已签到的届时重新签到。",
        "{edition}评审委员会会议的时间或者地点有变化，请登录门户查看。",
    ),
    "meeting_left": Kind(
        N.NEWS,
        "评委会会议改期",
        "{title}（{edition}）改为 {until} 召开，您的任期不含这一天，不再参加本次会议。",
        "{edition}评审委员会会议的时间有变化，请登录门户查看。",
    ),
    "meeting_cancelled": Kind(
        N.REMINDER,
        "评委会会议取消",
        "原定 {until} 的{title}（{edition}）已取消。原因：{reason}。",
        "{edition}评审委员会会议已取消，请登录门户查看。",
    ),
    # honour, certificate, money
    # the notice and objections
    "notice_released": Kind(N.NEWS, "公示已按时发布", "《{notice}》已按设定的时间发布。"),
    "notice_held": Kind(N.REMINDER, "定时发布已停止", "《{notice}》没有发布，已退回拟定：{reason}"),
    "statement_asked": Kind(
        N.TODO,
        "请对异议作出说明",
        "有人对申报 {number} 的拟奖提出异议，请在 {until} 前（含当日）就有关事实作出说明并附证明材料。",
        "申报 {number} 有事项需要您单位在 {until} 前说明，请登录门户查看。",
        waits="awards.waiting.unanswered_statements",
    ),
    "statement_given": Kind(N.NEWS, "申报单位已作说明", "异议 {receipt} 的被异议单位已提交说明。"),
    "objection_decided": Kind(
        N.NEWS,
        "异议核查结果",
        "对申报 {number} 的异议经核查{outcome}。",
        "申报 {number} 的异议已有核查结果，请登录门户查看。",
    ),
    "honour_granted": Kind(
        N.NEWS,
        "获奖",
        "{resolution} 已发布，{organisation} 获 {honour}。",
        "批准文件已发布，您单位的评选结果请登录门户查看。",
    ),
    "not_approved": Kind(
        N.NEWS,
        "批准结果",
        "批准文件 {document} 已发布，申报 {number} 未列入批准名单。如有疑问请联系秘书处。",
        "批准文件已发布，您单位的评选结果请登录门户查看。",
    ),
    "approval_deferred": Kind(
        N.NEWS,
        "暂缓审定",
        "批准文件 {document} 已发布。申报 {number} 因异议核查暂缓审定，核查办结后补充报批，结果另行告知。",
        "批准文件已发布，您单位的评选结果请登录门户查看。",
    ),
    "revocation_told": Kind(
        N.TODO,
        "撤销荣誉的告知",
        "拟撤销{honour}，您单位可以在 {until} 前陈述申辩。事由、事实和依据见申报页面。",
        "您单位有一项荣誉事项可以在 {until} 前陈述申辩，请登录门户查看。",
        waits="awards.waiting.unanswered_revocations",
    ),
    "honour_revoked": Kind(
        N.NEWS,
        "荣誉已撤销",
        "{honour}已撤销（{document}）：{reason}",
        "您单位的一项荣誉事项已有决定，请登录门户查看。",
    ),
    "honour_kept": Kind(
        N.NEWS,
        "不予撤销",
        "经核查，决定不予撤销{honour}。",
        "您单位的一项荣誉事项已有决定，请登录门户查看。",
    ),
    "certificate_ready": Kind(
        N.NEWS, "证书可以下载", "申报 {number} 的证书已可下载。", "申报 {number} 的证书已可下载，请登录门户下载。"
    ),
    "payment_sent": Kind(
        N.NEWS,
        "奖补资金已送财政支付",
        "奖补资金 {amount} 元已送财政支付。",
        "您单位的奖补资金已送财政支付，详情请登录门户查看。",
    ),
    "payment_returned": Kind(
        N.TODO,
        "奖补资金被退回",
        "奖补资金 {amount} 元被退回：{reason} 请核对对公账户。",
        "您单位的奖补资金被退回。原因请登录门户查看，并核对对公账户。",
        waits="awards.waiting.returned_payments",
    ),
    "repayment_due": Kind(
        N.TODO,
        "须退回奖金",
        "应在 {until} 前退回奖金 {amount} 元（{document}）。缴款方式另行告知，在此之前请不要向任何账户转账。",
        "您单位有奖金须在 {until} 前退回，详情请登录门户查看。缴款方式只在门户内告知。",
        waits="awards.waiting.open_repayments",
    ),
    "repayment_pay_to": Kind(
        N.NEWS,
        "退回奖金的缴款方式",
        "请在 {until} 前退回奖金 {amount} 元，缴款方式见“奖补资金”页。",
        "您单位退回奖金的缴款方式已在门户内告知，期限 {until}，请登录门户查看。",
    ),
    "repayment_received": Kind(
        N.NEWS,
        "退回的奖金已到账",
        "已收到退回的奖金 {amount} 元，尚应退回 {left} 元。",
        "您单位退回的奖金已到账，详情请登录门户查看。",
    ),
    "repayment_reduced": Kind(
        N.NEWS,
        "应退奖金已减免",
        "经批准减免应退奖金 {amount} 元（{document}），尚应退回 {left} 元。",
        "您单位应退回的奖金有变动，详情请登录门户查看。",
    ),
    # the organisation and its people
    "member_joined": Kind(N.NEWS, "新成员加入", "{person}已接受邀请，成为{organisation}的{role}。"),
    "member_left": Kind(N.NEWS, "成员离开", "{person}已离开{organisation}，此前填写的内容保留。"),
    "member_removed": Kind(
        N.NEWS,
        "成员身份已终止",
        "您已不再是{organisation}的成员，此前填写的内容保留。如有疑问请联系该单位负责人。",
        "您在一家申报单位的成员身份已终止，此前填写的内容保留。是哪一家请登录门户查看。",
    ),
    "role_changed": Kind(N.NEWS, "角色已更换", "您在{organisation}的角色已改为{role}。"),
    "ownership_received": Kind(
        N.NEWS,
        "您成为单位负责人",
        "{person}已把{organisation}的负责人移交给您。",
        "一家申报单位的负责人已移交给您。是哪一家请登录门户查看。",
    ),
    "ownership_given": Kind(
        N.NEWS,
        "单位负责人已移交",
        "您已把{organisation}的负责人移交给{person}，您现在是填报人。",
        "您已移交一家申报单位的负责人，现在是填报人。如非本人操作，请立即联系秘书处。",
    ),
    "organisation_renamed": Kind(
        N.NEWS,
        "单位已更名",
        "{former}已更名为{organisation}。请单位负责人重新确认对公账户。",
        "您所在的单位已更名。请单位负责人登录门户，重新确认对公账户。",
    ),
}


def kinds_of(nature: Nature) -> list[str]:
    """The kinds of one nature."""
    return [name for name, kind in KINDS.items() if kind.nature == nature]


def nature_of(kind: str) -> Nature:
    """What a message of this kind wants; a kind that is told no longer is news."""
    return KINDS[kind].nature if kind in KINDS else Nature.NEWS
