"""Ranking, calibration, the review board, an expert's desk and the score sheet, with many sheets in."""

from django.urls import reverse

from awards.models import Assignment

from .alone import TIMES, measured_alone
from .load import BARE, percentile, spans
from .measures import arithmetic_seconds
from .reviewed import FIRST, give_back, review
from .rows import Row
from .served import Browser, per_second, signed_in

SMALL, LARGE = 1_000, 10_000
BOARD = reverse("admin:awards_reviewcase_changelist")
DESK = reverse("admin:awards_assignment_changelist")


def reviews(town, server):
    """First the pages at 1,000 cases, then the arithmetic at 1,000 and 10,000 cases of five sheets and 23 items."""
    small = review(town.secretary, SMALL, is_whole=True)
    give_back(small)
    yield from pages(town, small, server)
    small = review(town.secretary, SMALL, start=FIRST + SMALL)
    large = review(town.secretary, LARGE, start=FIRST + 2 * SMALL)
    machine, found = arithmetic_seconds(), measured_alone(town.secretary, small.edition, large.edition)
    for name in ("ranking", "calibration"):
        yield Row.beside(f"{name}.10000.seconds", "s", found[name]["seconds"], machine, TIMES)
        yield Row.beside(f"{name}.growth", "倍", found[name]["growth"], LARGE / SMALL, TIMES)
    yield Row.beside("ranking.peak_mb", "MB", found["peak_mb"], found["before_mb"], 1)


def pages(town, small, server):
    """Over one connection and over eight. The baseline is one small static file."""
    anybody = Browser(server.port)
    bare = percentile(spans(100, lambda turn: anybody.get(BARE)))
    alone = per_second(server.port, lambda browser, turn: browser.get(BARE), seconds=2)
    office = Browser(server.port, signed_in([town.secretary])[0])
    addresses = [f"{BOARD}?edition={small.edition.pk}&page={n}" for n in range(1, SMALL // 50 + 1)]
    sorted_too = [*addresses, f"{addresses[0]}&sort=-spread", f"{addresses[1]}&flag=unfinished"]
    board = spans(200, lambda turn: office.get(sorted_too[turn % len(sorted_too)]))
    yield Row.beside("review_board.p95_ms", "ms", percentile(board), bare, len(board))
    experts = signed_in(small.experts)
    desk = spans(200, lambda turn: Browser(server.port, experts[turn % len(experts)], turn).get(DESK))
    yield Row.beside("expert_desk.p95_ms", "ms", percentile(desk), bare, len(desk))
    eight = signed_in([town.secretary] * 8)
    rate = per_second(server.port, lambda browser, turn: browser.get(addresses[turn % len(addresses)]), sessions=eight)
    yield Row.beside("page.review_board.per_s", "次/s", rate, alone, n=1)
    sheets = open_sheets(small)
    rate = per_second(
        server.port, lambda browser, turn: browser.get(sheets[browser.session]), sessions=list(sheets)[:8]
    )
    yield Row.beside("page.score_sheet.per_s", "次/s", rate, alone, n=1)


def open_sheets(small):
    """{session of an expert: the address of a sheet to be marked}."""
    sitting = Assignment.objects.filter(application__edition=small.edition, state=Assignment.State.SITTING)
    chosen = list(sitting.order_by("expert_id").distinct("expert_id").select_related("expert")[:8])
    addresses = [reverse("admin:awards_assignment_sheet", args=[assignment.pk]) for assignment in chosen]
    return dict(zip(signed_in(assignment.expert for assignment in chosen), addresses, strict=True))


MEASURES = [reviews]
