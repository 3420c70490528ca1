"""A dossier finished and handed in without a mouse: Tab, typing, Space and Enter."""

import pytest

from awards.applications.actions import remove_document, save_answers
from awards.process import State
from foshan_quality.lib import clock
from tests import given

pytestmark = pytest.mark.browser

LONGEST_WALK = 150  # presses of Tab from the top of a page to what is wanted
FOCUSED = """() => {
  const e = document.activeElement;
  const label = e.labels && e.labels.length ? e.labels[0].textContent : "";
  const box = e.getBoundingClientRect();
  return {words: (label || e.getAttribute("aria-label") || e.textContent || "").replace(/\\s+/g, " ").trim(),
          name: e.name || "", isVisible: box.width > 0 && box.height > 0};
}"""


class Keyboard:
    """Somebody at a page with nothing but keys. Every stop of Tab must be in sight."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page

    def walk_to(self, words="", name=""):
        """Press Tab until the focus is on a control with these words, or of this name."""
        stops = []
        for _ in range(LONGEST_WALK):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUSED)
            stops.append(stop["words"] or stop["name"])
            assert stop["isVisible"], f"the focus is out of sight at {stops[-1]}"
            if (name and stop["name"] == name) or (words and words in stop["words"]):
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


def test_a_dossier_is_finished_and_handed_in_by_keyboard_alone(arrive):
    with clock.at(given.SPRING):
        owner = given.person("负责人", password=given.PASSWORD)
        draft = given.complete_draft(given.open_edition(), given.organisation(owner=owner))
        save_answers(draft, by=owner, texts={"4.1.2": ""})
        remove_document(draft.documents.get(kind="licence"), by=owner)
        visitor = arrive()
        keys = Keyboard(visitor.go("/accounts/login/"))

        keys.walk_to(name="login").type(owner.email).walk_to(name="password").type(given.PASSWORD).enter()
        keys.walk_to("继续填写").enter().walk_to("4.1 领导").enter()
        keys.walk_to(name="4.1.2").type("只用键盘写下的内容。").walk_to("保存").enter()
        visitor.says("已保存")
        keys.walk_to("证明材料").enter().walk_to("选择文件：营业执照")
        visitor.upload(":focus", "营业执照.pdf", given.pdf_bytes(2))  # the chooser itself is the system's
        keys.walk_to("上传")
        visitor.page.keyboard.press("Enter")
        visitor.page.get_by_text("已上传“营业执照.pdf”").first.wait_for()
        keys.walk_to("核对与提交").enter().walk_to(name="agrees")
        visitor.page.keyboard.press("Space")
        keys.walk_to(name="submit").enter()

    draft.refresh_from_db()
    assert (draft.state, draft.answers.get(key="4.1.2").text) == (State.SUBMITTED, "只用键盘写下的内容。")
    visitor.says("已提交。请保存回执。", draft.number)
