"""The life of an application, from draft to honour, as one table. Read this first."""

from django.db.models import TextChoices

from awards.workflow import Step, Workflow
from foshan_quality.permissions import Permission as P


class State(TextChoices):
    DRAFT = "draft", "填报中"
    SUBMITTED = "submitted", "待资格审查"
    RETURNED = "returned", "待补正"
    WITHDRAWN = "withdrawn", "已撤回"
    REFUSED = "refused", "不予受理"
    IN_REVIEW = "in_review", "评审中"
    SHORTLISTED = "shortlisted", "入围"
    NOT_SHORTLISTED = "not_shortlisted", "未入围"
    PROPOSED = "proposed", "拟奖"
    NOT_PROPOSED = "not_proposed", "未获推荐"
    PUBLICISED = "publicised", "公示中"
    STRUCK = "struck", "取消资格"
    NOT_APPROVED = "not_approved", "未获批准"
    HONOURED = "honoured", "已获奖"


S = State

# Screening: where the edition asks for two, a step is taken when the second person confirms (screening_actions.py).
#                     word            from                         to                 who may
APPLICATION = Workflow(
    submit=Step("提交申报", {S.DRAFT, S.RETURNED}, S.SUBMITTED, P.APPLICATION_SUBMIT),
    withdraw=Step("撤回申报", {S.SUBMITTED}, S.WITHDRAWN, P.APPLICATION_SUBMIT),
    reopen=Step("重新填报", {S.WITHDRAWN}, S.DRAFT, P.APPLICATION_SUBMIT),
    return_for_correction=Step("退回补正", {S.SUBMITTED}, S.RETURNED, P.APPLICATION_SCREEN),
    accept=Step("受理", {S.SUBMITTED}, S.IN_REVIEW, P.APPLICATION_SCREEN),
    refuse=Step("不予受理", {S.SUBMITTED, S.RETURNED}, S.REFUSED, P.APPLICATION_SCREEN),
    shortlist=Step("入围", {S.IN_REVIEW}, S.SHORTLISTED, P.RANKING_MAKE),
    pass_over=Step("不入围", {S.IN_REVIEW}, S.NOT_SHORTLISTED, P.RANKING_MAKE),
    propose=Step("列为拟奖", {S.SHORTLISTED}, S.PROPOSED, P.MEETING_RUN),
    call_again=Step("提请再次表决", {S.NOT_PROPOSED}, S.SHORTLISTED, P.MEETING_RUN),
    leave_out=Step("不列为拟奖", {S.SHORTLISTED, S.PROPOSED}, S.NOT_PROPOSED, P.MEETING_RUN),
    publicise=Step("公示", {S.PROPOSED}, S.PUBLICISED, P.NOTICE_PUBLISH),
    strike=Step("取消资格", {S.PUBLICISED}, S.STRUCK, P.OBJECTION_DECIDE),
    not_approve=Step("未获批准", {S.PUBLICISED}, S.NOT_APPROVED, P.RESOLUTION_ENTER),
    honour=Step("授奖", {S.PUBLICISED}, S.HONOURED, P.RESOLUTION_ENTER),
)

WITH_THE_ENTERPRISE = {S.DRAFT, S.RETURNED}
HANDED_IN = set(State) - {S.DRAFT, S.WITHDRAWN}
ADMITTED = HANDED_IN - {S.SUBMITTED, S.RETURNED, S.REFUSED}  # accepted once, whatever came after
