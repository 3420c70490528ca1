"""The scan of a document, shown to whoever compares an entry with its original."""

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from enterprises.files.views import download, picture
from foshan_quality.office import OfficeAdmin

from .scan_actions import log_scan

MOST_SHOWN = 10  # pages beside an entry; the rest is in the file


def pictures_of(stored):
    """The pictures of a scan's first pages that are drawn by now, by number. One query; two with a set of pages."""
    page_set = getattr(stored, "page_set", None) if stored else None
    return {image.number: image for image in page_set.images.all()[:MOST_SHOWN]} if page_set else {}


class ScanAdmin(OfficeAdmin):
    """Records entered from a scan: the file to download, its pages beside the entry where it is confirmed."""

    beside = ()  # acts on whose page the scan stands

    @admin.display(description="扫描件 SHA-256")
    def scan_digest(self, record):
        return record.scan.digest if record.scan else "—"

    def get_urls(self):
        return [
            self.page("<path:object_id>/scan/", self.scan_view, "scan"),
            self.page("<path:object_id>/scan/<int:number>/", self.scan_page_view, "scan_page"),
            *super().get_urls(),
        ]

    def record_links(self, request, record):
        links = super().record_links(request, record)
        return [*links, ("下载扫描件", self.scan_url(record))] if record.scan_id else links

    def scan_url(self, record, *number):
        name = "scan_page" if number else "scan"
        return reverse(f"admin:{self.label}_{name}", args=[record.pk, *number])

    @method_decorator(require_safe)
    def scan_view(self, request, object_id):
        """The file itself; the trail says who took it."""
        record = self.fetch(request, object_id)
        if record.scan is None:
            raise Http404
        log_scan(record, by=request.user, what=record.scan.name)
        return download(record.scan)

    @method_decorator(require_safe)
    def scan_page_view(self, request, object_id, number):
        """One page of it as a picture."""
        record = self.fetch(request, object_id)
        image = pictures_of(record.scan).get(number)
        if image is None:
            raise Http404
        return picture(image, marked_for=request.user)

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        if record is None or act not in {self.acts[name] for name in self.beside} or not record.scan_id:
            return context
        return context | {
            "scan": record.scan,
            "scan_url": self.scan_url(record),
            "scan_pages": [(number, self.scan_url(record, number)) for number in pictures_of(record.scan)],
            "entered": self.entered(record),
        }

    def entered(self, record):
        """What was entered from the scan, as pairs of label and answer."""
        return []
