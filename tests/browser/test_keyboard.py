"""Applying without a mouse, from signing up to acceptance: Tab, typing, Space and Enter."""

from datetime import timedelta

import pytest

from awards.applications.tasks import draw_printout
from awards.models import Application
from awards.process import State
from enterprises.models import Organisation
from foshan_quality.lib import clock
from tests import given
from tests.desk import record_url
from tests.enterprises.memberships.mailbox import delivered, link
from tests.workers import eventually

pytestmark = pytest.mark.browser

OWNER = "owner@example.invalid"

LONGEST_WALK = 150  # presses of Tab from the top of a page to what is wanted
FOCUSED = """() => {
  const e = document.activeElement;
  if (e === document.body) return {words: "", name: "", isVisible: true};
  const label = e.labels && e.labels.length ? e.labels[0].textContent : "";
  const box = e.getBoundingClientRect();
  const face = e.matches("input[type=submit]") ? e.value : e.textContent;
  return {words: (label || e.getAttribute("aria-label") || face || "").replace(/\\s+/g, " ").trim(),
          name: e.name || "", isVisible: box.width > 0 && box.height > 0};
}"""


class Keyboard:
    """Somebody at a page with nothing but keys. Every stop of Tab must be in sight."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page

    def walk_to(self, words="", name="", *, is_whole=False):
        """Press Tab until the focus is on a control with these words (and no others), or of this name."""
        stops = []
        if self.page.evaluate("() => document.activeElement === document.body"):
            self.page.keyboard.press("Tab")  # the first stop of every page leads past its menus
            self.page.keyboard.press("Enter")
        for _ in range(LONGEST_WALK):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUSED)
            stops.append(stop["words"] or stop["name"])
            assert stop["isVisible"], f"the focus is out of sight at {stops[-1]}"
            said = words and (words == stop["words"] if is_whole else words in stop["words"])
            if said or (name and stop["name"] == name):
                return self
        raise AssertionError(f"{words or name} is not reached by Tab: {stops}")

    def enter(self):
        """Press Enter and come to the page it leads to."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.visitor.look()
        return self

    def type(self, text):
        self.page.keyboard.insert_text(text)
        return self

    def press(self, words="", name="", **how):
        """Walk to a button or link, press it and come to the page it leads to."""
        return self.walk_to(words, name, **how).enter()

    def press_here(self, words, until, key="Enter"):
        """Walk to a button that stays on the page, press it, and wait for what the page says then."""
        self.walk_to(words).page.keyboard.press(key)
        self.visitor.wait_for(until)
        return self

    def write(self, **fields):
        """Walk from field to field and type; a choice is picked by typing its first characters."""
        for name, text in fields.items():
            self.walk_to(name=name).type(text)
        return self


def test_from_signing_up_to_acceptance_nothing_needs_a_mouse(arrive):
    """Two colleagues and the secretariat, by Tab, typing, Space and Enter. The worker's work is done in its stead."""
    with clock.at(given.SPRING):
        secretary = given.secretary(password=given.PASSWORD)
        edition = given.open_edition(by=secretary, screening_by_two="否", stamped_scan_required="是")
        owner, colleague = Keyboard(arrive()), Keyboard(arrive())

        firm = sign_up_and_register(owner)
        invite(owner, colleague, firm)
        draft = write_at_once(owner, colleague, edition, firm)
        hand_in_ten_papers(owner)
        print_stamp_and_submit(owner, draft)
    with clock.at(given.SPRING + timedelta(days=1)):
        office = Keyboard(arrive())
        sign_in(office, secretary.email)
        return_and_correct(office, owner, draft)
        screen(office, draft, "受理")

    draft.refresh_from_db()
    assert draft.state == State.IN_REVIEW
    owner.visitor.go(draft.get_absolute_url()).says("评审中")


def sign_in(keys, email):
    keys.visitor.go("/accounts/login/")
    keys.write(login=email, password=given.PASSWORD).enter()


def sign_up_and_register(owner):
    owner.visitor.go("/")
    owner.press("注册").write(name="梁试样", email=OWNER, password1=given.PASSWORD, password2=given.PASSWORD).enter()
    owner.press("登记单位").write(credit_code=given.credit_code()).enter()
    owner.write(name="佛山市键盘样机有限公司")
    for name in ("district_code", "size"):
        owner.walk_to(name=name).page.keyboard.press("ArrowDown")
    owner.write(
        industry="装备制造", registered_on="2005-06-18", legal_representative="某代表", address="某路 1 号"
    ).enter()
    owner.visitor.says("已登记“佛山市键盘样机有限公司”。")
    return Organisation.objects.get(name="佛山市键盘样机有限公司")


def invite(owner, colleague, firm):
    guest = given.person("同事", password=given.PASSWORD)
    owner.press("邀请同事").write(email=guest.email).enter()
    token = delivered(firm.invitations.get())
    sign_in(colleague, guest.email)
    colleague.visitor.go(link(token))
    colleague.press("接受邀请").visitor.says(firm.name)


def write_at_once(owner, colleague, edition, firm):
    """Both write into one text; who comes second sees both and puts them together."""
    owner.visitor.go("/desk/")
    owner.press("开始申报")
    draft = Application.objects.get(organisation=firm)
    given.completed(draft)
    for keys in (owner, colleague):
        keys.visitor.go(f"{draft.get_absolute_url()}sections/4.1/")
    owner.walk_to(name="4.1.2").page.keyboard.press("Control+End")
    owner.type("负责人写的。").visitor.wait_for("已保存")
    colleague.walk_to(name="4.1.2").page.keyboard.press("Control+End")
    colleague.type("同事写的。").visitor.wait_for("负责人写的。")
    colleague.press_here("合并", "已保存")
    both = {"负责人写的。", "同事写的。"}
    assert eventually(lambda: all(line in draft.answers.get(key="4.1.2").text for line in both))
    return draft


def hand_in_ten_papers(owner):
    owner.press("证明材料")
    owner.walk_to("选择文件：其他证实性材料")
    owner.visitor.upload(
        ":focus", [f"证书{n}.pdf" for n in range(1, 11)], given.pdf_bytes()
    )  # the chooser is the system's
    owner.press_here("上传", "已上传“证书10.pdf”")


def print_stamp_and_submit(owner, draft):
    owner.visitor.go(draft.get_absolute_url())
    owner.press("打印申报书").press("生成申报书")
    draw_printout(draft.printouts.get(state="queued").pk)
    owner.visitor.go(owner.page.url).says("下载申报书（PDF）")
    code = owner.page.locator("dd.code").inner_text()
    owner.press("盖章扫描件").walk_to(name="file")
    owner.visitor.upload(":focus", "签章页.pdf", given.pdf_bytes())
    owner.write(code=code).enter().visitor.says("与当前内容一致")
    owner.visitor.go(f"{draft.get_absolute_url()}check/")
    owner.walk_to(name="agrees").page.keyboard.press("Space")
    owner.press(name="submit").visitor.says("已提交。请保存回执。")


def screen(office, draft, decision, **said):
    """Decide by the act of this name; what is `said` stands on its page, the points under the name of their part."""
    office.visitor.go(record_url(draft))
    office.press(decision, is_whole=True)
    for name, text in said.items():
        if name.startswith("at-"):
            office.press_here("证明材料", "营业执照", key="Space")
        office.write(**{name: text})
    office.press(decision, is_whole=True)


def return_and_correct(office, owner, draft):
    screen(office, draft, "退回补正", reason="材料不全。", **{"at-licence": "看不清，请重新扫描。"})
    owner.visitor.go("/inbox/")
    owner.press("材料不全").press("营业执照")
    owner.walk_to("选择文件：营业执照").visitor.upload(":focus", "新的营业执照.pdf", given.pdf_bytes(2))
    owner.press_here("上传", "已上传“新的营业执照.pdf”")
    print_stamp_and_submit(owner, draft)
