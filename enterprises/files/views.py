from django.http import FileResponse


def download(stored):
    """Answer with a stored file as an attachment; the caller has decided that this person may."""
    response = FileResponse(stored.file.open("rb"), as_attachment=True, filename=stored.name)
    response["Content-Type"] = stored.content_type
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
