from foshan_quality.lib import clock

from .models import Message

TEXTS = {
    "application_submitted": "申报 {number} 已提交，等待资格审查。",
    "application_returned": "申报 {number} 需要补正：{reason}",
    "application_accepted": "申报 {number} 已受理，进入评审。",
    "application_refused": "申报 {number} 不予受理：{reason}",
    "letter_ready": "申报 {number} 的{letter}已可下载。",
    "review_assigned": "您有新的评审任务：{number}。请先声明有无利害关系。",
    "sheet_reopened": "您对 {number} 的评分表已退回修改：{reason}",
    "honour_granted": "{resolution} 已发布，{organisation} 获 {honour}。",
    "certificate_ready": "申报 {number} 的证书已可下载。",
    "payment_sent": "奖补资金 {amount} 元已送财政支付。",
    "payment_returned": "奖补资金 {amount} 元被退回：{reason} 请核对对公账户。",
    "member_joined": "{person}已接受邀请，成为{organisation}的{role}。",
    "member_left": "{person}已离开{organisation}，此前填写的内容保留。",
    "member_removed": "您已不再是{organisation}的成员，此前填写的内容保留。如有疑问请联系该单位负责人。",
    "role_changed": "您在{organisation}的角色已改为{role}。",
    "ownership_received": "{person}已把{organisation}的负责人移交给您。",
    "ownership_given": "您已把{organisation}的负责人移交给{person}，您现在是填报人。",
    "organisation_renamed": "{former}已更名为{organisation}。请单位负责人重新确认对公账户。",
}


def notify(users, kind, *, matter, link="", **values):
    """Put one message into each person's inbox, once for a matter; told already, nothing happens."""
    text = TEXTS[kind].format(**values)
    rows = [Message(user=user, kind=kind, matter=str(matter), text=text, link=link) for user in users]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def mark_read(user):
    """Everything in this person's inbox is read now."""
    user.inbox.filter(read_at=None).update(read_at=clock.now())
