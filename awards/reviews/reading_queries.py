"""Reading a dossier page by page."""

from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404

from enterprises.files.models import PageImage, PageSet

from .finding import around, item_on, squeezed
from .sheet_models import ReadingCopy

MOST_HITS = 60


def copy_of(application):
    """The reading copy of what was handed in last, or None while there is none. One query."""
    copies = ReadingCopy.objects.filter(snapshot__application=application)
    return copies.order_by("-snapshot__version").first()


def with_copy_state(applications):
    """Applications with `copy_state`, how far the reading copy of what was handed in last is. No query of its own."""
    newest = ReadingCopy.objects.filter(snapshot__application=OuterRef("pk")).order_by("-snapshot__version")
    return applications.annotate(copy_state=Subquery(newest.values("state")[:1]))


def parked_cases():
    """The applications whose dossier could not be prepared, as keys. A subquery."""
    return ReadingCopy.objects.filter(state=ReadingCopy.State.PARKED).values("snapshot__application")


def lengths(copy):
    """The pages of each paper; empty while they are not known."""
    return [paper["pages"] for paper in copy.papers] if copy else []


def page_image(copy, paper, number):
    """The picture of one page; 404 where there is none (yet). One query."""
    if copy is None or not paper < len(copy.papers):
        raise Http404
    image = PageImage.objects.filter(page_set__file=copy.papers[paper]["file"], number=number).first()
    if image is None:
        raise Http404
    return image


def picture_of(copy, paper, number):
    """How far the picture of one page is: `drawn`, `queued` while it is to come, or `missing`. One query."""
    image = PageImage.objects.filter(page_set=OuterRef("pk"), number=number)
    sets = PageSet.objects.filter(file=copy.papers[paper]["file"])
    for state, is_drawn in sets.annotate(is_drawn=Exists(image)).values_list("state", "is_drawn"):
        if is_drawn or state == PageSet.State.QUEUED:
            return "drawn" if is_drawn else "queued"
    return "missing"


def find(copy, words):
    """Where words stand in the dossier: pages with what is around the first hit of each. One query."""
    wanted = squeezed(words)
    if copy is None or not wanted:
        return []
    pages = copy.pages.filter(text__contains=wanted)[:MOST_HITS]
    return [_hit(copy, page, wanted) for page in pages]


def _hit(copy, page, wanted):
    before, hit, after = around(page.text, wanted)
    paper = copy.papers[page.paper]
    return {
        "paper": page.paper,
        "page": page.number,
        "where": f"{paper['label']}{'：' if paper['name'] else ''}{paper['name']}",
        "item": item_on(page.number, copy.marks) if page.paper == 0 else "",
        "before": before,
        "hit": hit,
        "after": after,
    }
