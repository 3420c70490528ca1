"""Papers of the review: score sheets, minutes, feedback. Plain values in, PDF bytes out; lines to sign on.

A character that no embedded font has is printed as its code, so that nothing is silently left out.
"""

import json
import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from awards.applications.book import printable
from foshan_quality.lib import printing


def draw(template, **paper):
    """A paper as PDF. `paper` holds texts, whole numbers, lists and mappings only."""
    return printing.page(template, **json.loads(printable(json.dumps(paper, ensure_ascii=False))))


def handed_out(pdf, name):
    """A drawn paper as an attachment that nobody on the way may keep."""
    response = HttpResponse(pdf, content_type="application/pdf")
    safe = re.sub(r'[\\/:*?"<>|\s]+', "-", name)
    response["Content-Disposition"] = content_disposition_header(True, f"{safe}.pdf")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
