import hashlib

from django.conf import settings
from django.core.files.base import ContentFile

from .checks import pdf_pages, shown_name
from .models import StoredFile


def store_pdf(upload, *, by):
    """Check and keep one uploaded PDF; raises BadFile with the reason and keeps nothing."""
    limit = settings.UPLOAD_MAX_BYTES
    content = upload.read(limit + 1)
    pages = pdf_pages(content, max_bytes=limit)
    return StoredFile.objects.create(
        file=ContentFile(content, name="upload"),
        name=shown_name(upload.name),
        content_type="application/pdf",
        size=len(content),
        pages=pages,
        digest=hashlib.sha256(content).hexdigest(),
        uploaded_by=by,
    )
