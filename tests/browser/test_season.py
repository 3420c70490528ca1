"""One whole season walked in the browser, by every role in turn; see `test_a_season_…` for the order of things.

One firm goes all the way by its pages; two more are there to be compared with and come by actions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

import pytest

from awards.applications.models import Application
from awards.applications.sections import DOCUMENTS, INDICATORS, PROFILE
from awards.certificates.models import Certificate
from awards.decisions import meeting_actions as sitting
from awards.decisions.meeting_models import Meeting
from awards.models import (
    Assignment,
    Budget,
    Disbursement,
    Edition,
    Entitlement,
    Honour,
    Item,
    PaymentBatch,
    Printout,
    ReadingCopy,
)
from awards.reviews import actions as reviewing
from awards.subsidies import ledger
from awards.subsidies.batches import treasury
from awards.subsidies.batches.layouts import ANSWER
from awards.subsidies.tasks import import_results
from enterprises.audit.queries import broken_row
from enterprises.models import AuditEvent, PageSet, User
from foshan_quality.lib import clock
from tests import given
from tests.browser.browsing import NARROW, Visitor
from tests.desk import act_url, record_url
from tests.workers import eventually

pytestmark = pytest.mark.browser

NAME = "佛山市岭南样机装备有限公司"
OWNER = {"name": "梁试样", "email": "owner@example.invalid"}
KEYSTROKES = 70  # for 23 items: two digits and Enter each, and Enter on the button


@dataclass
class Season:
    """Visitors are people at their browsers; `by`, the experts and the members also act behind the scenes."""

    arrive: Callable
    mailbox: object
    by: User
    public: Visitor
    owner: Visitor
    secretary: Visitor
    second: Visitor
    experts: list = field(default_factory=list)
    members: list = field(default_factory=list)

    @property
    def edition(self):
        return Edition.objects.get()

    @property
    def applications(self):
        """Ours first, then the two it is compared with."""
        return list(Application.objects.order_by("number"))

    def sign_in(self, make):
        """Somebody of this duty, at a browser of their own."""
        return self.arrive(make(password=given.PASSWORD))


@pytest.mark.worker
def test_a_season_runs_from_call_to_payment_in_the_browser_by_every_role(arrive, worker, history):
    by, second = given.secretary(password=given.PASSWORD), given.secretary(password=given.PASSWORD)
    season = Season(arrive, worker, by, arrive(), arrive(), arrive(by), arrive(second))

    with clock.at(given.OPENS - timedelta(days=20)):
        prepare_and_publish(season)
    with clock.at(given.OPENS):
        open_the_call(season)
    with clock.at(given.SPRING):
        sign_up_and_register(season)
        fill_in(season)
        let_a_colleague_in(season)
        print_and_stamp(season)
        submit(season)
    with clock.at(given.SPRING + timedelta(days=2)):
        screen(season)
        look_from_the_district(season)
    with clock.at(given.REVIEW):
        set_panels(season)
        score_by_keyboard(season)
    with clock.at(given.REVIEW + timedelta(days=20)):
        rank_and_shortlist(season)
    with clock.at(given.VOTE):
        vote(season)
    with clock.at(given.NOTICE):
        publicise(season)
        object_and_dismiss(season)
    with clock.at(given.AFTER_NOTICE):
        approve(season)
        certify(season)
        pay(season)
        authorise_the_special_payment(season)
    with clock.at(given.AFTER_NOTICE + timedelta(days=2)):
        look_back(season)

    assert ledger.is_balanced()
    assert broken_row() is None


# --- 1 the call ---------------------------------------------------------------------------------------


def prepare_and_publish(season):
    """An edition is prepared and one rule corrected; without an approval it cannot be published."""
    office = season.secretary
    office.go("/office/").says("今日待办已清空").narrow("office-index-empty")
    office.go("/office/awards/edition/").press("筹备新一届").narrow()
    office.fill(opens_at="2026-03-02T09:00", closes_at="2026-04-30T18:00").press("筹备新一届")
    office.says("已建立，尚未公告。", "筹备中").picture("edition")
    office.press("修改 获奖名额上限：10").fill(value="2").press("修改规则").says("规则已保存。")

    office.act("发布申报公告", approved_on="2026-01-20").says("批准文号：").picture("publish-refused")
    with office.refused(409):
        office.fill(approval_number="佛评办〔2026〕1号", approved_on="2026-12-31").press("发布申报公告")
        office.says("批准日期缺失或晚于今天。没有发布。")
    assert season.edition.state == Edition.State.PREPARING
    season.public.go("/").says("目前没有正在进行的评选").narrow("home-no-season")

    office.fill(approved_on="2026-01-20").press("发布申报公告").says("申报公告已发布。")
    season.public.go("/").says("2026年", "未开始")


def open_the_call(season):
    season.secretary.act("开放申报").says("申报已开放")
    season.public.go("/").says("申报中", "剩余").picture("home").narrow("home")
    season.public.go("/guide/").narrow("guide")


# --- 2 applying ---------------------------------------------------------------------------------------


def sign_up_and_register(season):
    """A quality manager signs up and registers the firm; a wrong code asks for the licence, the right one not."""
    owner = season.owner
    owner.go("/").press("我要申报").narrow("signup")
    owner.fill(**OWNER, password1=given.PASSWORD, password2=given.PASSWORD).press("注册")
    owner.says("还没有登记单位").narrow("desk-empty").press("登记单位")
    code = given.credit_code()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    facts = {"district_code": "440605", "size": "medium", "industry": "装备制造", "registered_on": "2005年6月18日"}
    owner.narrow("organisation-code").fill(credit_code=wrong).press("下一步")
    owner.fill(name=NAME, **facts, legal_representative="某代表", address="佛山市某路 1 号")
    owner.press("登记单位").says("有 1 处需要修改", "营业执照扫描件").narrow().picture("organisation-refused")
    owner.fill(credit_code=code).press("登记单位").says(f"已登记“{NAME}”。")


def fill_in(season):
    """Every section by its page, in the order the form leads through."""
    owner = season.owner
    owner.go("/desk/").press("开始申报").says("填报中").narrow("tasks")
    owner.press("核对全部内容并提交").says("还没有填写", "还没有上传“营业执照”")
    owner.fill(agrees=True).press("正式提交").says("没有提交").picture("check-missing")
    owner.go(Application.objects.get().get_absolute_url()).press("继续填写：单位信息").narrow("section-profile")
    owner.fill(**{f.key: given.profile_texts()[f.key] for f in PROFILE}).press("保存并继续")
    years = (2023, 2024, 2025)
    owner.fill(**{f"{f.key}-{year}": "1,234.50" for f in INDICATORS for year in years})
    owner.fill(**{"exports-2023": "/"}).wait_for("有 1 处没有保存")
    owner.press("保存并继续").says("请写明不适用的原因")
    owner.fill(**{"exports-reason": "当年没有出口"}).wait_for("已保存").narrow().press("保存并继续")
    owner.narrow("section-report")
    for category in season.edition.rubric.categories.all():
        texts = given.report_texts(season.edition).items()
        owner.fill(**{code: text for code, text in texts if code.startswith(f"{category.code}.")})
        owner.press("保存并继续")
    for kind in DOCUMENTS:
        if kind.is_required:
            name = f"{kind.label}.pdf"
            owner.upload(f"#{kind.key}_file", name, given.pdf_bytes()).press_here(
                f"上传 {kind.label}", f"已上传“{name}”"
            )
    evidence = [f"证书{n}.pdf" for n in range(1, 11)]
    owner.upload("#evidence_file", evidence, given.pdf_bytes(2)).press_here("上传 其他证实性材料", "已上传“证书10.pdf”")
    owner.narrow("section-documents")


def let_a_colleague_in(season):
    """The owner invites a colleague, who accepts by the mail's link, and may then fill in but not submit."""
    colleague = given.person("同事", password=given.PASSWORD)
    season.owner.go("/desk/").press(NAME, within="aside").press("邀请同事")
    season.owner.fill(email=colleague.email).press("发送邀请").says("邀请已保存", colleague.email)
    assert eventually(lambda: season.mailbox.link_for(colleague.email))
    guest = season.arrive(size=NARROW).sign_in(colleague).go(season.mailbox.link_for(colleague.email))
    guest.says(NAME).press("接受邀请").go("/desk/").says(NAME).press("继续填写", exact=False).press(
        "核对全部内容并提交"
    ).says("提交须由单位负责人办理")
    write_at_once(season.owner, guest)
    guest.leaves()


def write_at_once(owner, guest):
    """Two in one section: whoever saves later sees both texts and joins them; nothing is lost."""
    draft = Application.objects.get()
    for one in (owner, guest):
        one.go(f"{draft.get_absolute_url()}sections/4.1/")
    before = draft.answers.get(key="4.1.2").text
    owner.fill(**{"4.1.2": f"{before}负责人写的。"}).wait_for("已保存")
    guest.fill(**{"4.1.2": f"{before}同事写的。"}).wait_for("负责人写的。").picture("conflict-375")
    guest.press_here("合并", "已保存")
    both = {"负责人写的。", "同事写的。"}
    assert eventually(lambda: all(line in draft.answers.get(key="4.1.2").text for line in both))


def print_and_stamp(season):
    """The dossier is drawn as a PDF by the worker; the scan of its stamped page is matched to it by the code."""
    owner = season.owner
    owner.go("/desk/").press("继续填写", exact=False).press("打印申报书").narrow("book").press("生成申报书（PDF）")
    assert eventually(lambda: Printout.objects.filter(state="drawn").exists())
    pdf = owner.go(owner.page.url).download("下载申报书（PDF）")
    code = owner.page.locator("dd.code").inner_text()
    assert pdf[:5] == b"%PDF-"
    owner.press("盖章扫描件").upload("[name=file]", "签章页.pdf", given.pdf_bytes(3))
    owner.fill(code="7K3M-9QXF-2H4T").press("上传盖章扫描件").says("有 1 处需要修改").narrow("stamped-refused")
    owner.upload("[name=file]", "签章页.pdf", given.pdf_bytes(3)).fill(code=code).press("上传盖章扫描件")
    owner.says("与当前内容一致").picture("stamped")


def submit(season):
    owner = season.owner
    owner.go("/desk/").press("继续填写", exact=False).press("核对全部内容并提交")
    owner.says("内容齐全，可以提交。").narrow("check").fill(agrees=True).press("正式提交")
    number = season.applications[0].number
    owner.says("已提交。请保存回执。", number, "摘要", "提交时间 2026-03-18 10:").picture("receipt").narrow("receipt")
    owner.press("查看申报书").narrow("dossier")
    missing, tried = owner.tofu()
    assert (missing, tried > 300) == ("", True)
    for _ in range(2):  # the firms ours is compared with
        given.submitted(given.complete_draft(season.edition, given.organisation()))


# --- 3 screening --------------------------------------------------------------------------------------


def screen(season):
    """One is returned, corrected by its owner and accepted; the second is accepted by its page, the third behind it.

    Each decision is proposed by one and confirmed by another.
    """
    office, second, owner = season.secretary, season.second, season.owner
    ours, other, third = season.applications
    office.go("/office/").says("申报待资格审查", "3 件").narrow("office-index").press("申报待资格审查")
    office.narrow("office-applications").press(ours.number).narrow("office-application")
    office.press("拟退回补正").unfold("证明材料").fill(
        reason="材料不全。", **{"at-audit_reports": "缺少 2024 年，请补交。"}
    )
    office.picture("return").press("拟退回补正").says("待另一人复核")
    assert not office.offers("复核通过")
    second.go("/office/").press("待复核的审查意见").press(ours.number).narrow("opinion")
    second.act("复核通过").says("决定已生效")
    owner.go("/inbox/").says("材料不全。（共 1 处").narrow("inbox")
    owner.go("/desk/").press("继续填写", exact=False).says("需要补正", "缺少 2024 年", "未改", "2026年3月27日").picture(
        "returned"
    )
    owner.press("近三年审计报告").upload("#audit_reports_file", "2024 年审计报告.pdf", given.pdf_bytes(2))
    assert not owner.offers("上传 营业执照")
    owner.press_here("上传 近三年审计报告", "检查通过").press("继续：核对与提交")
    owner.fill(agrees=True).press("正式提交").says("第 2 次")
    owner.go(ours.get_absolute_url()).press("第 2 次提交与上一次相比的改动").says("2024 年审计报告.pdf").narrow(
        "changes"
    )
    for application in (ours, other):
        office.go("/office/awards/application/?todo=screen").press(application.number)
        office.act("拟受理").says("待另一人复核")
        second.go("/office/").press("待复核的审查意见").press(application.number).act("复核通过").says("决定已生效")
    given.accepted(third, by=season.by)
    assert eventually(lambda: ours.letters.filter(state="drawn").count() == 2)
    letter = owner.go(ours.get_absolute_url()).picture("accepted").download("受理通知书")
    assert letter[:5] == b"%PDF-"


def look_from_the_district(season):
    """A district officer sees the district's dossiers and can do nothing to them; other districts stay hidden."""
    officer = season.sign_in(given.district_officer)
    ours = Application.objects.get(organisation__name=NAME)
    officer.go("/office/awards/application/").says(NAME).press(ours.number)
    assert not officer.offers("拟退回补正")
    with officer.refused(404):
        stranger = given.organisation(district=given.District.SHUNDE)
        officer.go(record_url(stranger))
    officer.leaves()


# --- 4 review -----------------------------------------------------------------------------------------


def set_panels(season):
    office = season.secretary
    season.experts = [given.expert(password=given.PASSWORD) for _ in range(3)]
    panel = [expert.pk for expert in season.experts]
    ours, *others = season.applications
    office.go("/office/").press("申报已截止，待进入评审").press(str(season.edition), exact=False)
    office.act("结束申报、进入评审").says("已进入评审。")
    office.go("/office/awards/application/?todo=panel").press(ours.number).press("组建评审组").narrow()
    office.fill(experts=panel, head=panel[0]).press("组建评审组").says("评审组已保存").picture("panel")
    for application in others:
        reviewing.set_panel(application, by=season.by, experts=season.experts, head=season.experts[0])


def score_by_keyboard(season):
    """An expert declares, then scores 23 items without the mouse; colleagues' sheets stay closed. Others follow."""
    expert = season.arrive(season.experts[0])
    own = Assignment.objects.get(expert=season.experts[0], application=season.applications[0])
    colleagues = Assignment.objects.get(expert=season.experts[1], application=season.applications[0])
    expert.go("/office/").press("评审任务待声明利害关系").press(own.application.number)
    assert "组织概述" not in expert.text()
    expert.act("声明无利害关系，开始评审").says("组织概述").narrow("expert-dossier")
    copies = ReadingCopy.objects.filter(snapshot__application=own.application, state="ready")
    assert eventually(lambda: copies.exists() and not PageSet.objects.filter(state="queued").exists())
    assert type_marks(expert.press("评分").narrow("sheet"), ["6", "5"]) <= KEYSTROKES
    expert.says("已评 23 项").press("提交评分").says("评分已提交。")
    assert own.sheets.get().total == 650
    with expert.refused(404):
        expert.go(f"/office/awards/assignment/{colleagues.pk}/sheet/")
    expert.leaves()
    for rank, application in enumerate(season.applications):
        for seat in application.assignments.filter(state=Assignment.State.ASSIGNED):
            given.score(seat, percentage=75 - 5 * rank)
    office = season.secretary
    office.go(f"/office/awards/assignment/{own.pk}/sheet/").says("650", "本次查看已记入审计日志").picture("sheet-read")


def type_marks(expert, digits):
    """Every item by keyboard, from opening the sheet to handing it in. Returns the keystrokes it took."""
    expert.page.reload()
    keys = [*digits, "Enter"] * Item.objects.count()
    for key in keys:
        expert.page.keyboard.press(key)
    with expert.page.expect_navigation():
        expert.page.keyboard.press("Enter")
    expert.look()
    return len(keys) + 1


# --- 5 ranking, 6 voting ------------------------------------------------------------------------------


def rank_and_shortlist(season):
    office = season.secretary
    office.go("/office/awards/ranking/").act("计算排名").says("排名已计算并存档。", NAME)
    office.narrow("ranking").press("按此排名确定入围").says("3 家入围").press("按此排名确定入围").says(
        "入围名单已确定。"
    )


def vote(season):
    """The committee meets; one member votes by the pages, which ask once more before the ballot is cast."""
    office = season.secretary
    season.members = [given.member(password=given.PASSWORD) for _ in range(3)]
    ours, other, _third = (a.pk for a in season.applications)
    office.go("/office/awards/meeting/").act("召开评委会会议").says("会议已建立")
    office.act("登记出席", **{f"presence_{m.pk}": "present" for m in season.members}).says("出席情况已登记。")
    office.act("开始一轮投票").says("投票已开始。")
    member = season.arrive(season.members[0])
    meeting = Meeting.objects.get()
    member.go("/office/").press("评委会会议待您投票").press(meeting.title).press("投票").narrow("ballot")
    member.fill(**{f"choice-{ours}": "aye", f"choice-{other}": "aye"}).press("核对选票").says("同意 2 家")
    member.picture("ballot-check").press("确认投票").says("选票已投出").picture("ballot-receipt")
    assert not member.press("返回会议").offers("投票")
    member.leaves()
    for voter in season.members[1:]:
        sitting.cast_ballot(meeting, by=voter, approved=[ours, other])
    office.go(record_url(meeting)).act("结束投票并计票")
    office.says("计票完成", "列为拟奖", "未通过").narrow("vote-result")
    season.second.go(record_url(meeting)).act("发布表决结果").says("结果已发布")


# --- 7 publicity --------------------------------------------------------------------------------------


def publicise(season):
    """Drawn up by one, released by another; then anybody can read it."""
    season.secretary.go("/office/awards/notice/").press("拟定公示").narrow()
    season.secretary.press("拟定公示").says("公示已拟定，尚未发布。", "您是拟定人")
    assert not season.secretary.offers("发布")
    season.second.go("/office/").press("公示待您核对发布").press("拟奖名单公示", exact=False)
    season.second.press("发布").says("公示 2 家").press("发布").says("公示已发布。").picture("notice-office")


def object_and_dismiss(season):
    """Somebody who is not signed in reads the notice and objects by name; the secretariat finds nothing in it."""
    public, office = season.public, season.secretary
    public.go("/").says("公示中").press("拟奖名单公示", exact=False)
    public.says(NAME, "2026年7月14日（星期二）至2026年7月20日（星期一）", "共 5 个工作日").picture("notice").narrow(
        "notice"
    )
    public.press("提出异议").narrow("objection").press("提交异议").says("有 5 处需要修改")
    public.fill(
        candidate="0", grounds="专利数与公开信息不一致。", objector="异议人", contact="0757-00000000", is_true=True
    )
    public.press("提交异议").says("异议已登记", "回执号").narrow("objection-receipt")
    office.go("/office/").press("异议待核查").press("YY", exact=False).says("专利数与公开信息不一致。")
    office.act("提出核查结论", outcome="dismissed", finding="经核查，专利数属实。").says("结论已提出")
    season.second.go("/office/").press("异议结论待您确认").press("YY", exact=False)
    season.second.press("确认异议不成立").press("确认异议不成立").says("已作出结论：异议不成立")


# --- 8 approval, 9 certificates -----------------------------------------------------------------------


def approve(season):
    """The government's document is entered by one and confirmed by another; only then are there winners."""
    season.public.go("/laureates/?name=" + NAME).says("没有符合条件的记录")
    office = season.secretary.go("/office/awards/resolution/").press("录入批准文件")
    winners = [a.organisation.name for a in season.applications if a.state == "publicised"]
    facts = {"title": "佛山市人民政府关于表彰的通报", "issued_on": "2026-07-27", "names": "\n".join(winners[1:])}
    with office.refused(409):
        office.fill(number="佛府[2026]08号", **facts).upload("[name=upload]", "通报.pdf", given.pdf_bytes()).press(
            "录入批准文件"
        ).says("六角括号", "不在文件名单内")
    office.fill(number="佛府〔2026〕8号", names="\n".join(winners))
    office.upload("[name=upload]", "通报.pdf", given.pdf_bytes())
    office.press("录入批准文件").says("已录入，尚未生效。", "您是录入人")
    season.second.go("/office/").press("批准文件待您核对").press("佛府〔2026〕8号")
    season.second.act("与原件核对一致，生效").says("获奖单位已产生。")
    season.public.go("/").says("已表彰", NAME).picture("home-awarded").narrow()
    season.public.go("/laureates/?name=" + NAME).says("1 家单位", "佛府〔2026〕8号").narrow("laureates")
    season.public.go("/laureates/").picture("laureates")


def certify(season):
    """Issued in the office, drawn by the worker, taken by the winner, verified by anybody."""
    season.secretary.go("/office/awards/certificate/").act("签发证书", edition=season.edition.pk).says(
        "证书正在后台生成"
    )
    assert eventually(lambda: Certificate.objects.filter(state=Certificate.State.DRAWN).count() == 2)
    certificate = Certificate.objects.get(honour__organisation_name=NAME)
    season.secretary.go("/office/awards/certificate/").says(certificate.number, "已生成").picture("certificates")
    season.owner.go("/desk/").says("已获奖").narrow("desk-honoured")
    pdf = season.owner.download("下载证书")
    assert (pdf[:5], sha256(pdf).hexdigest()) == (b"%PDF-", certificate.digest)
    public, typed = season.public, f"{certificate.code[:6]} {certificate.code[6:].lower()}"
    public.go("/verify/").narrow("verify").fill(number=certificate.number, code=typed).press("核验").says(
        "✔ 有效", NAME, certificate.number
    ).picture("verified").narrow("verified")
    assert public.page.url.partition("?")[0] == certificate.verify_url
    with public.refused(404):
        public.go("/verify/ABCDEFGH12345678ABCDEFGH12/").says("？未查到")
    public.go("/verify/").upload("[name=file]", "证书.pdf", pdf).press("核验文件").says(
        "✔ 有效", "文件与签发时一致", NAME
    )


# --- 10 payment ---------------------------------------------------------------------------------------


def pay(season):
    """The winner's own account; one prepares, another checks, the worker sends, the treasury answers."""
    owner, maker, checker = season.owner, season.sign_in(given.maker), season.sign_in(given.checker)
    owner.go("/desk/").press(NAME, within="aside").press("确认账户")
    owner.fill(holder="别的单位", bank="某银行佛山分行", number="6222 0000 0000 1234", password=given.PASSWORD)
    owner.upload("[name=proof]", "开户信息.pdf", given.pdf_bytes()).press("确认账户").says("有 1 处需要修改")
    owner.says("已收到“开户信息.pdf”").fill(holder=NAME, password=given.PASSWORD).press("确认账户")
    owner.says("已确认对公账户，尾号 1234。").narrow("organisation")
    maker.go("/office/awards/budget/").act("录入预算", total="2,000 0000 元", document="佛财〔2026〕9号")
    maker.says("预算已录入并入账。")
    maker.go("/office/").press("荣誉待录入奖补资格")
    maker.fill(honour=Honour.objects.get(organisation_name=NAME).pk).press("录入奖补资格").says("奖补资格已录入。")
    maker.go("/office/").press("奖补资格可拨付，待编制拨付单").go("/office/awards/disbursement/")
    maker.act("编制拨付单", entitlement=Entitlement.objects.get().pk, budget=Budget.objects.get().pk)
    maker.says("拨付单已编制", "1,000,000.00", "壹佰万元整").narrow("payment")
    payment = Disbursement.objects.get()
    assert not maker.offers("复核通过")
    with maker.refused(403):
        maker.go(act_url(payment, "approve"))
    same_person_again(checker.go("/office/").press("拨付单待您复核").press(NAME).press("复核通过").narrow("again"))
    checker.says("1,000,000.00").narrow("approve")
    checker.press("复核通过").says("复核通过，待编入支付批次送财政。")
    maker.go("/office/").press("已复核，待编支付批次").says("1,000,000.00", "壹佰万元整").narrow("make-batch")
    maker.press("编支付批次").says("支付批次已编制", "壹佰万元整").narrow("batch")
    assert eventually(lambda: Disbursement.objects.get().state == Disbursement.State.SENT)
    answer(payment)
    assert eventually(lambda: Disbursement.objects.get().state == Disbursement.State.PAID)
    checker.go(record_url(payment)).says("已拨付", "2026-07-27").picture("paid")
    owner.go("/desk/").says("已拨付")
    for visitor in (owner, maker, checker):
        visitor.leaves()


def same_person_again(visitor):
    """What moves money asks for the password once more."""
    return visitor.fill(password=given.PASSWORD).press("确认")


def answer(payment):
    """The treasury puts its answer file where the portal looks, and the portal's worker reads it."""
    batch = PaymentBatch.objects.get().number
    text = f"{','.join(ANSWER)}\r\n{batch},{payment.reference},{payment.amount},已付,2026-07-27,\r\n"
    (treasury.folder("in") / "1.csv").write_text(text, "utf-8-sig")
    import_results.delay()


def authorise_the_special_payment(season):
    """Ten million, not the table's sum: entered with its own basis, authorised by a leader."""
    maker, leader = season.sign_in(given.maker), season.sign_in(given.leader)
    special = Honour.objects.get(organisation_name=season.applications[1].organisation.name)
    with maker.refused(409):
        maker.go("/office/").press("荣誉待录入奖补资格").fill(honour=special.pk, amount="1000 0000").press(
            "录入奖补资格"
        )
        maker.says("须有自己的依据文件和理由")
    maker.fill(document="市政府常务会议纪要〔2026〕5号", reason="专项奖励。").press("录入奖补资格").says(
        "奖补资格已录入。"
    )
    leader.go("/leadership/").says("等待授权的专项资金", "10,000,000.00 元").picture("dashboard").narrow("dashboard")
    leader.press(str(special)).says("壹仟万元整").narrow("authorise")
    same_person_again(leader.fill(decision="authorise").press("确认决定")).says("已授权")
    leader.press("获奖", exact=False).says(NAME).narrow()
    for visitor in (maker, leader):
        visitor.leaves()


# --- 11 seeing ----------------------------------------------------------------------------------------


def look_back(season):
    """The auditor reads the trail and the books; the other two officers keep accounts and duties apart."""
    auditor = season.sign_in(given.auditor)
    auditor.go("/office/enterprises/auditevent/").narrow("audit").picture("audit")
    auditor.press(str(AuditEvent.objects.latest("seq").seq)).says("授权专项", "领导").narrow("audit-line")
    auditor.go("/office/awards/ledgertransaction/").says("试算平衡 平衡").narrow("ledger")
    system, security = season.sign_in(given.system_officer), season.sign_in(given.security_officer)
    newcomer = "new@example.invalid"
    system.go("/office/enterprises/user/").act("建立账号", name="新同事", email=newcomer).says("账号已建立。").narrow()
    security.go("/office/enterprises/rolegrant/").act("授予角色", user=newcomer, role="finance_maker").says(
        "角色已授予"
    )
    with security.refused(409):
        security.act("授予角色", user=newcomer, role="finance_checker")
        security.picture("clash")
    season.public.go("/notices/").says("拟奖名单公示").narrow("notices")
