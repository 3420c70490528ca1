"""The pages about paper: handed-in files page by page, the printed dossier, its stamped scan, the receipt."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from enterprises.files.views import picture
from enterprises.notifications.frame import page

from .views import log_outside_reading, readable_document


def document_pages(request, pk, number):
    """One page of a handed-in file as a picture, so that nobody needs to open the file."""
    document = readable_document(request, pk)
    if not document.file.kind.has_pages or not 1 <= number <= document.file.pages:
        raise Http404
    page_set = getattr(document.file, "page_set", None)
    context = {
        "document": document,
        "line": _label(document),
        "number": number,
        "numbers": range(1, document.file.pages + 1),
        "page_set": page_set,
        "is_drawn": page_set is not None and page_set.images.filter(number=number).exists(),
        "is_own": bool(document.application.organisation.roles_of(request.user)),
    }
    return page(request, "awards/applications/document_pages.html", context)


def _label(document):
    lines = document.application.edition.papers
    return next((line.label for line in lines if line.key == document.kind), document.kind)


def document_picture(request, pk, number):
    """The picture of one page; reading by others is logged page by page."""
    document = readable_document(request, pk)
    page_set = getattr(document.file, "page_set", None)
    if page_set is None:
        raise Http404
    image = get_object_or_404(page_set.images, number=number)
    log_outside_reading(request, document, f"{document.file.name} 第 {number} 页")
    return picture(image)
