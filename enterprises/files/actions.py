import hashlib
import logging
import os
from tempfile import TemporaryFile

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from .checks import BadFile, reason, receive, shown_name
from .models import StoredFile, storage_name
from .sandbox import clean_pdf
from .scanner import scan

log = logging.getLogger(__name__)


def store_pdf(upload, *, by):
    """Check and keep one uploaded PDF, as `cleaning` leaves it; raises BadFile with the reason and keeps nothing.

    Size, digest and number of pages are those of the cleaned file; what was uploaded is not kept.
    """
    try:
        with TemporaryFile() as received, TemporaryFile() as cleaned:
            receive(upload, received, max_bytes=settings.UPLOAD_MAX_BYTES)
            scan(received)
            pages = clean_pdf(received, cleaned, max_pages=settings.UPLOAD_MAX_PAGES)
            return _keep(cleaned, pages=pages, name=shown_name(upload.name), by=by)
    except OSError:
        log.exception("an uploaded file could not be stored")
        raise BadFile(reason("unavailable")) from None


def _keep(content, *, pages, name, by):
    """Write the file, then its row; whatever fails leaves neither."""
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()
    path = storage_name(None, name)
    try:
        default_storage.save(path, File(content))
        return StoredFile.objects.create(
            file=path,
            name=name,
            content_type="application/pdf",
            size=os.fstat(content.fileno()).st_size,
            pages=pages,
            digest=digest,
            uploaded_by=by,
        )
    except BaseException:
        default_storage.delete(path)
        raise
