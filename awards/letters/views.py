from django.http import FileResponse
from django.shortcuts import get_object_or_404

from . import actions
from .models import Letter


def letter_download(request, pk):
    """A drawn letter, for the applicant's people and for staff; the trail says who took it and when."""
    return served(get_object_or_404(Letter.objects.visible_to(request.user).drawn(), pk=pk), by=request.user)


def served(letter, *, by):
    """A drawn letter as an attachment, noted in the trail."""
    actions.log_download(letter, by=by)
    response = FileResponse(letter.pdf.open("rb"), as_attachment=True, filename=f"{letter}.pdf")
    response["Content-Type"] = "application/pdf"
    response["Cache-Control"] = "private, no-store"
    return response
