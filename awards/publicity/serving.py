"""Papers drawn on demand, handed out as attachments that no browser keeps."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from enterprises.files.kinds import KINDS


def handed_out(content, name, form):
    """A pdf or docx to download."""
    return HttpResponse(
        content,
        content_type=KINDS[form].content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, f"{name}.{form}"),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
