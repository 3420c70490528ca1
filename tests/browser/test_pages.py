"""What holds for the pages whatever the season: they work without scripts, and Chinese is drawn as Chinese."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from awards.applications.actions import save_answers
from awards.process import State
from foshan_quality.lib import clock
from tests import given
from tests.browser.browsing import GRAVE

pytestmark = pytest.mark.browser


def test_a_dossier_is_filled_in_and_handed_in_without_scripts(arrive):
    with clock.at(given.SPRING):
        owner = given.person("负责人", password=given.PASSWORD)
        draft = given.complete_draft(given.open_edition(), given.organisation(owner=owner))
        save_answers(draft, by=owner, texts={"4.1.2": ""})
        visitor = arrive(owner, scripts=False).go("/desk/")
        visitor.press("继续填写", exact=False).says("1 处需要处理").press("4.1 领导")

        visitor.fill(**{"4.1.2": "没有脚本也能保存。"}).press("保存").says("已保存")
        visitor.press("证明材料", within="aside").press("移除", exact=False)
        visitor.upload("#licence_file", "新的营业执照.pdf", given.pdf_bytes(2)).press("上传 营业执照").says(
            "新的营业执照.pdf"
        )
        visitor.press("核对与提交", within="aside").says("没有脚本也能保存。").fill(agrees=True).press("正式提交")

    draft.refresh_from_db()
    assert (draft.state, draft.answers.get(key="4.1.2").text) == (State.SUBMITTED, "没有脚本也能保存。")
    visitor.says("已提交。请保存回执。", draft.number).picture("receipt-no-scripts")


@pytest.mark.parametrize("path", ["/", "/guide/", "/laureates/"])
def test_every_chinese_character_on_a_page_has_a_shape(arrive, history, path):
    visitor = arrive().go(path)

    missing, tried = visitor.tofu()

    assert (missing, tried > 100) == ("", True)


def test_one_pale_word_among_dark_ones_is_seen(arrive):
    page = arrive().go("/guide/").page
    page.evaluate(AXE_SCRIPT)

    before = page.evaluate(GRAVE, True)
    page.locator("main p").last.evaluate("pale => { pale.style.color = '#bbbbbb'; }")
    after = page.evaluate(GRAVE, True)

    assert before == []
    assert [finding.partition(":")[0] for finding in after] == ["color-contrast"]
