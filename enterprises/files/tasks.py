import logging

from celery import shared_task

from foshan_quality.lib import drawing

from . import actions
from .models import PageSet
from .queries import damaged_files, undrawn_pages

log = logging.getLogger(__name__)

NO_PICTURES = "页图没有生成成功，请下载文件查看。"
PAGES_A_TURN = 60  # of one file; then others get their turn


@shared_task(acks_late=False, soft_time_limit=3 * 3600, time_limit=4 * 3600)
def verify_files():
    """Read every stored file and cry out in the log for each that is missing or altered. Tomorrow it runs again."""
    for stored, wrong in damaged_files():
        log.critical("stored file %s (%s) is %s on disk: %s", stored.pk, stored.name, wrong, stored.file.name)


@shared_task
def clear_given_up():
    """Take away the files that forms have left behind which were given up. What is not due stays."""
    actions.clear_given_up()


@shared_task
def draw_pages(page_set_id):
    """Draw the pages of one file that are not drawn yet. Run twice, each page is kept once."""
    page_set = PageSet.objects.select_related("file").get(pk=page_set_id)
    drawing.take_turn(page_set, draw=_draw, park=actions.park_drawing, worn_out=NO_PICTURES)


def _draw(page_set):
    with actions.paper_of(page_set.file) as paper:
        left = undrawn_pages(page_set, paper.pages)
        missing = [number for number in left[:PAGES_A_TURN] if not actions.draw_page(page_set, number, paper)]
    if not paper.pages:
        actions.park_drawing(page_set, problem=NO_PICTURES)
    elif len(left) > PAGES_A_TURN and len(missing) < PAGES_A_TURN:
        actions.go_on_later(page_set)
    else:
        actions.finish_drawing(page_set, [*missing, *left[PAGES_A_TURN:]])


@shared_task
def sweep_pages():
    """Wake every file whose pages are still to be drawn; whatever Redis or a worker lost is picked up here."""
    for pk in PageSet.objects.filter(state=PageSet.State.QUEUED).order_by("pk").values_list("pk", flat=True)[:500]:
        draw_pages.delay(pk)
