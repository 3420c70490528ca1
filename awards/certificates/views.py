from django.http import FileResponse
from django.shortcuts import get_object_or_404

from .models import Certificate


def certificate_download(request, pk):
    """The drawn certificate, for its winner and for those who issue it."""
    drawn = Certificate.objects.visible_to(request.user).filter(state=Certificate.State.DRAWN)
    certificate = get_object_or_404(drawn, pk=pk)
    file = certificate.pdf.open("rb")
    response = FileResponse(file, as_attachment=True, filename=f"{certificate.number}.pdf")
    response["Content-Type"] = "application/pdf"
    response["Cache-Control"] = "private, no-store"
    return response
