from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect

from .models import Certificate


def certificate_download(request, pk):
    """The drawn certificate, for its winner and for those who issue it; of a replaced one, the one valid now."""
    drawn = Certificate.objects.visible_to(request.user).filter(state=Certificate.State.DRAWN)
    certificate = get_object_or_404(drawn.select_related("honour__certificate"), pk=pk)
    if certificate.valid_for_id is None:
        return redirect("certificate_download", certificate.honour.certificate.pk)
    file = certificate.pdf.open("rb")
    response = FileResponse(file, as_attachment=True, filename=f"{certificate.number}.pdf")
    response["Content-Type"] = "application/pdf"
    response["Cache-Control"] = "private, no-store"
    return response
