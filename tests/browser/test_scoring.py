"""An expert at the score sheet: a whole case by keyboard alone, and two windows of one sheet."""

import pytest

from awards.models import Assignment, Mark, ReadingCopy
from awards.reviews import actions as reviewing
from awards.reviews.tasks import prepare_copy
from enterprises.files.actions import draw_page, paper_of
from enterprises.models import PageSet
from foshan_quality.lib import clock
from tests import given
from tests.workers import eventually

pytestmark = pytest.mark.browser

MOST_KEYS = 70  # for the 23 items of the standard rubric


@pytest.fixture
def seat(committed):
    """An expert who has declared, with two cases; the first can be read page by page."""
    season = given.walk_to("panelled", firms=2, experts=1, experts_per_application="1")
    expert = season.experts[0]
    expert.set_password(given.PASSWORD)
    expert.save()
    seats = list(Assignment.objects.order_by("application__number"))
    with clock.at(given.REVIEW):
        for assignment in seats:
            reviewing.declare_free(assignment, by=expert)
    copy = ReadingCopy.objects.get(snapshot__application=seats[0].application)
    prepare_copy(copy.pk)
    pages = PageSet.objects.get(file=ReadingCopy.objects.get(pk=copy.pk).papers[0]["file"])
    with paper_of(pages.file) as paper:
        for number in (1, 2, 3):
            draw_page(pages, number, paper)
    return seats


class Keys:
    """A keyboard that counts."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def __call__(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def sheet(seat):
    return f"/office/awards/assignment/{seat.pk}/sheet/"


def saved(visitor):
    visitor.page.locator("[data-status]").get_by_text("已保存").wait_for()


def marks(seat):
    rows = Mark.objects.filter(sheet__assignment=seat).select_related("item").order_by("item__pk")
    return {mark.item.code: (mark.percentage, mark.strengths, mark.evidence) for mark in rows}


def test_an_expert_scores_a_whole_case_by_keyboard(arrive, seat):
    first, second = seat
    with clock.at(given.REVIEW):
        visitor = arrive(first.expert).go(sheet(first))
        page, keys = visitor.page, Keys(visitor.page)

        for turn in range(23):
            keys(*("35", "50", "65")[turn % 3], "Enter")

        wanted = [(35, 50, 65)[turn % 3] for turn in range(23)]
        assert eventually(lambda: [percentage for percentage, *_ in marks(first).values()] == wanted)
        assert keys.pressed <= MOST_KEYS
        saved(visitor)
        assert page.evaluate("() => document.activeElement.name") == "submit"

        page.locator("#percentage_4\\.1\\.2").focus()
        keys("]", "]")
        page.locator('[data-picture][alt="申报书 第 3 页"]').wait_for()
        keys("c")
        page.keyboard.type("n c ? ] 都只是文字")  # while typing no key is a command
        keys("Escape")
        page.locator('[data-item="4.1.2"] [data-cite]').click()
        page.locator('[data-item="4.1.2"] [data-cited] a').get_by_text("第 3 页").wait_for()
        keys("ArrowDown", "ArrowUp")
        assert eventually(lambda: marks(first)["4.1.2"] == (35, "n c ? ] 都只是文字", "3"))
        saved(visitor)

        page.locator("#percentage_4\\.1\\.2").focus()
        keys("?")
        page.locator("dialog").get_by_text("下一份评审任务").wait_for()
        visitor.look()
        keys("Escape")
        page.locator("#percentage_4\\.1\\.2").focus()
        with page.expect_navigation():
            keys("n")
        assert page.url.endswith(sheet(second))
        visitor.go(sheet(first)).narrow("scoring")
        visitor.go(sheet(first))
        page.locator("#percentage_4\\.1\\.2").fill("45")  # not saved yet: goes first
        visitor.press("保存并提交评分").press("提交评分").says("评分已提交。")

    first.refresh_from_db()
    assert (first.state, marks(first)["4.1.2"][0]) == ("submitted", 45)


def test_a_second_window_is_told_and_nothing_is_lost(arrive, seat):
    first, _second = seat
    with clock.at(given.REVIEW):
        visitor = arrive(first.expert).go(sheet(first))
        other = visitor.context.new_page()
        other.add_init_script("window.setInterval = () => 0")  # it does not ask before it writes
        other.goto(visitor.base_url + sheet(first))
        box, words = "#percentage_4\\.1\\.{}", "#strengths_4\\.1\\.{}"

        visitor.page.fill(box.format(2), "50")
        visitor.page.fill(box.format(3), "40")
        visitor.page.keyboard.press("Enter")
        assert eventually(lambda: [percentage for percentage, *_ in marks(first).values()] == [50, 40])
        saved(visitor)
        visitor.expected = (409,)
        other.fill(box.format(2), "60")
        other.fill(words.format(4), "另一窗口写的")
        other.keyboard.press("Escape")

        other.locator("[data-status]").get_by_text("两边都改过").wait_for()
        other.wait_for_function("() => document.querySelector('#percentage_4\\\\.1\\\\.3').value === '40'")
        other.get_by_role("button", name="采用我的").click()
        other.locator("[data-status]").get_by_text("已保存").wait_for()

    assert {code: mark[:2] for code, mark in marks(first).items()} == {
        "4.1.2": (60, ""),
        "4.1.3": (40, ""),
        "4.1.4": (None, "另一窗口写的"),
    }
