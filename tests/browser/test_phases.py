"""A consensus and a site visit in the browser: the head and the member of a panel, the secretariat, the applicant."""

from datetime import timedelta

import pytest

from awards.models import Consensus, Edition, SiteVisit
from foshan_quality.lib import clock
from tests import given, phases
from tests.desk import record_url

pytestmark = pytest.mark.browser


def test_a_panel_agrees_and_visits_in_the_browser(arrive):
    season = phases.scored(experts=3, rules={"feedback_on": str(given.AFTER_NOTICE.date())})
    application = season.applications[0]
    owner, (head, member, _third) = given.owner_of(application.organisation), season.experts
    for person in (season.secretary, head, member, owner):
        person.set_password(given.PASSWORD)
        person.save()

    with clock.at(phases.TALK):
        agree(arrive, season, head, member)
    given.WALK["ranked"](season), given.WALK["shortlisted"](season)
    with clock.at(phases.TALK + timedelta(days=9)):
        plan(arrive, season, owner, head)
    with clock.at(phases.VISIT):
        visit(arrive, head)
    with clock.at(given.AFTER_NOTICE):
        feed_back(arrive, season, owner, head)

    assert SiteVisit.objects.get().score == Consensus.objects.get().score + 5


def agree(arrive, season, head, member):
    """The head settles what is spread too wide; refused without the words. A member dissents."""
    office = arrive(head)
    office.go("/office/awards/consensus/").act("开始合议").says("合议已开始，组长已收到通知。")
    consensus = Consensus.objects.get()
    office.go(record_url(consensus)).says("还有 2 项分歧超过 20 个百分点").picture("consensus").narrow(
        "consensus-narrow"
    )
    office.press("退回组员评分").says("专家2", "专家3").go(record_url(consensus))
    office.press("填写合议").says("须讨论").narrow("consensus-table-narrow")
    leave_and_come_back(office, "discussion_4.1.2")
    with office.refused(409):
        office.fill(**{"percentage_4.1.2": "60"}).press("保存合议").says("4.1.2 须填写讨论记录")
    office.fill(**{"discussion_4.1.2": "核对了附件。", "percentage_4.7.2": "55", "discussion_4.7.2": "看了三年数据。"})
    office.press("保存合议").says("已保存 2 项。").picture("consensus-table")
    office.go(record_url(consensus)).act("关闭合议").says("合议已关闭")
    other = arrive(member)
    other.go(record_url(consensus)).press("确认或者写明不同意见")
    other.fill(agrees="no", note="4.7.2 偏高。").press("确认或者写明不同意见").says("已记录您的意见。", "4.7.2 偏高。")


def leave_and_come_back(office, name):
    """What was typed and not saved is offered when the page opens again."""
    field = office.page.locator(f"[name='{name}']")
    field.click()
    office.page.keyboard.type("还没有保存")
    office.page.once("dialog", lambda dialog: dialog.accept())  # the page asks before it is left
    office.go(office.page.url).says("没有保存成功的内容，共 1 处。").find("恢复到页面").click()
    assert field.input_value() == "还没有保存"
    field.fill("")


def plan(arrive, season, owner, head):
    """The secretariat plans and tells; the firm asks for another day, then confirms; the head declares."""
    office = arrive(season.secretary)
    office.go("/office/awards/reviewphase/").says("现场评审", "未开始")
    office.go(record_url(phases.phase(season, "site_visit"))).act("开始本阶段").says("本阶段已开始。")
    office.go("/office/awards/sitevisit/").press("拟定现场评审计划")
    day = f"{phases.VISIT:%Y-%m-%d}"
    application = season.applications[0].pk
    office.fill(
        application=application,
        first_day=day,
        last_day=day,
        place="佛山市某路 1 号",
        agenda="首次会议；查看现场；末次会议。",
    )
    office.press("拟定现场评审计划").press("组建现场评审组").press("组建现场评审组").press("告知申报单位")
    office.press("告知申报单位").says("已告知申报单位。").picture("visit-planned")
    firm = arrive(owner)
    firm.go("/desk/").go(f"/applications/{SiteVisit.objects.get().application_id}/").press("现场评审安排")
    firm.says("首次会议；查看现场；末次会议。").picture("site-visit").narrow("site-visit-narrow")
    firm.fill(day=day, reason="当日停产检修。").press("请求另定日期").says("已提交，秘书处会尽快答复。")
    firm.press("确认日期").says("已确认日期。")
    assert head.name not in firm.page.content()


def visit(arrive, head):
    """The head declares, writes the minutes, logs evidence with a photo, marks one item anew and locks."""
    office, record = arrive(head), record_url(SiteVisit.objects.get())
    office.go(record).says("请先核对您与该单位有无利害关系").act("声明无利害关系，参加现场评审").says("已声明。")
    for kind in ("首次会议记录", "末次会议记录"):
        office.act(kind, attendance="双方代表", text="按议程进行。").says(f"{kind}已保存。")
    office.press("登记现场证据")
    photo = phases.picture()
    office.page.set_input_files("[name=photo]", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo.read()})
    office.fill(item="4.5.2", seen="作业指导书在岗。").press("登记现场证据").says("证据已登记。", "照片 现场.jpg")
    office.press("改评").fill(item="4.5.2", percentage="80", reason="现场与记录一致。").press("改评").says(
        "改评已保存。"
    )
    office.picture("visit").narrow("visit-narrow")
    office.act("锁定现场评审结果").says("结果已锁定。")


def feed_back(arrive, season, owner, head):
    """The head edits the draft and hands it in; once approved and released, the firm reads it."""
    report = phases.report(season)
    office = arrive(head)
    office.go(record_url(report)).says("方法系统。").press("修改反馈报告").narrow("feedback-write-narrow")
    office.fill(**{"strengths_4.1": "高层亲自推动。"}).press("修改反馈报告").says("已保存。", "高层亲自推动。")
    office.act("提交核准").says("已提交秘书处核准。")
    phases.telling.approve(report, by=season.secretary)
    Edition.objects.update(state=Edition.State.PUBLICITY)
    phases.telling.release_all(by=season.secretary, edition=season.edition)
    firm = arrive(owner)
    firm.go(f"/applications/{report.application_id}/").press("反馈报告").says("高层亲自推动。", "加强对比。")
    firm.picture("feedback").narrow("feedback-narrow")
    assert firm.download("下载反馈报告").startswith(b"%PDF-")
