"""The pages of a stored file as pictures: drawn by a task, each once, whatever breaks."""

import pytest
from django.db import IntegrityError
from PIL import Image

from enterprises.files import actions, queries, tasks
from enterprises.files.models import PageImage, PageSet
from foshan_quality.lib.drawing import MAX_ATTEMPTS
from tests import given

from . import corpus

pytestmark = pytest.mark.django_db


def stored_file(content, name="材料.pdf"):
    accepted = ("pdf", "jpeg", "png", "docx", "xlsx")
    return actions.store(given.upload(name, content), by=given.person(), accepted=accepted)


@pytest.fixture
def page_set():
    stored = stored_file(corpus.plain(pages=3))
    actions.queue_pages(stored)
    return stored.page_set


def numbers(page_set):
    return list(page_set.images.values_list("number", flat=True))


def test_every_page_of_a_pdf_becomes_a_picture_as_wide_as_a_reader_needs(page_set):
    tasks.draw_pages(page_set.pk)

    page_set.refresh_from_db()
    picture = Image.open(page_set.images.first().image)
    assert (page_set.state, page_set.problem, numbers(page_set)) == ("drawn", "", [1, 2, 3])
    assert (picture.format, picture.size) == ("WEBP", (1091, 1544))
    assert picture.getpixel((183, 1360))[2] > 200 > 60 > picture.getpixel((183, 1360))[0]  # the blue square


def test_a_task_that_runs_twice_keeps_each_page_once(page_set):
    tasks.draw_pages(page_set.pk)
    PageSet.objects.update(state="queued", drawn_at=None)
    tasks.draw_pages(page_set.pk)

    assert numbers(page_set) == [1, 2, 3]


def test_two_workers_at_one_page_leave_one_picture_and_no_stray_file(page_set, settings):
    with actions.paper_of(page_set.file) as paper:
        actions.draw_page(page_set, 1, paper)
        before = len(list(settings.MEDIA_ROOT.rglob("*")))

        actions.draw_page(page_set, 1, paper)

    assert numbers(page_set) == [1]
    assert len(list(settings.MEDIA_ROOT.rglob("*"))) == before


def test_a_picture_has_one_page_and_is_made_small_enough():
    stored = stored_file(corpus.drawn_picture("PNG", (5000, 1000), "RGBA"), "照片.png")
    actions.queue_pages(stored)

    tasks.draw_pages(stored.page_set.pk)

    assert Image.open(stored.page_set.images.get().image).size == (2200, 440)


def test_a_word_file_is_drawn_from_a_reading_copy_that_is_not_kept(settings):
    stored = stored_file(corpus.office(main=corpus.word_with("质量管理成果")), "说明.docx")
    actions.queue_pages(stored)

    tasks.draw_pages(stored.page_set.pk)

    kept = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert (PageSet.objects.get().state, numbers(stored.page_set), len(kept)) == ("drawn", [1], 2)
    assert Image.open(stored.page_set.images.get().image).size == (1092, 1544)
    assert (stored.pages, queries.pages_shown(stored)) == (None, 1)


def test_an_excel_file_that_cannot_be_set_is_parked_for_staff():
    stored = stored_file(corpus.office("xlsx", main="<workbook xmlns='x'/>"), "表.xlsx")
    actions.queue_pages(stored)

    tasks.draw_pages(stored.page_set.pk)

    assert (PageSet.objects.get().state, queries.pages_shown(stored)) == ("parked", 1)


def test_a_long_file_is_drawn_in_turns_so_that_others_need_not_wait(page_set, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks, "PAGES_A_TURN", 2)
    monkeypatch.setattr(actions, "wake", lambda *args: woken.append(args))

    tasks.draw_pages(page_set.pk)
    first, state = numbers(page_set), PageSet.objects.get().state
    tasks.draw_pages(page_set.pk)

    assert (first, state, woken) == ([1, 2], "queued", [(actions.DRAW_PAGES, page_set.pk)])
    assert (numbers(page_set), PageSet.objects.get().state) == ([1, 2, 3], "drawn")


def test_a_page_that_cannot_be_drawn_is_named_and_the_others_are_there(page_set, monkeypatch):
    draw = actions.draw_page
    monkeypatch.setattr(actions, "draw_page", lambda pages, number, paper: number != 2 and draw(pages, number, paper))

    tasks.draw_pages(page_set.pk)

    page_set.refresh_from_db()
    assert numbers(page_set) == [1, 3]
    assert (page_set.state, page_set.problem) == ("drawn", "第 2 页没有生成页图，请下载文件查看。")


def test_a_file_that_kills_its_worker_every_time_is_parked_with_a_sentence(page_set):
    PageSet.objects.update(attempts=MAX_ATTEMPTS)

    tasks.draw_pages(page_set.pk)

    page_set.refresh_from_db()
    assert (page_set.state, page_set.problem) == ("parked", "页图没有生成成功，请下载文件查看。")


def test_the_sweep_wakes_what_a_lost_message_left_behind(page_set, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks.draw_pages, "delay", woken.append)

    tasks.sweep_pages()

    assert woken == [page_set.pk]


def test_a_page_that_takes_too_much_memory_is_given_up_without_harm():
    """One picture of 300 million pixels on a page."""
    stored = stored_file(corpus.plain())
    actions.queue_pages(stored)
    with stored.file.open("wb") as disk:
        disk.write(corpus.picture_of_50_000_by_50_000())

    tasks.draw_pages(stored.page_set.pk)

    assert PageSet.objects.get().state == "drawn"


@pytest.mark.parametrize(
    ("constraint", "break_it"),
    [
        ("page_set_drawn_with_its_time", lambda s: PageSet.objects.update(state="drawn", drawn_at=None)),
        ("page_set_parked_with_a_reason", lambda s: PageSet.objects.update(state="parked", problem="")),
        ("one_picture_per_page", lambda s: [PageImage.objects.create(page_set=s, number=1) for _ in range(2)]),
    ],
)
def test_the_database_refuses_half_told_page_sets(page_set, constraint, break_it):
    with pytest.raises(IntegrityError, match=constraint):
        break_it(page_set)
