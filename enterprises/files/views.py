import logging

from django.http import FileResponse, HttpResponse
from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem, Refused

from . import watermarks
from .queries import what_is_wrong

log = logging.getLogger(__name__)


def download(stored):
    """Answer with a stored file as an attachment; the caller has decided that this person may.

    Refused when the disk no longer holds what was stored.
    """
    if wrong := what_is_wrong(stored):
        log.critical("stored file %s (%s) is %s on disk: %s", stored.pk, stored.name, wrong, stored.file.name)
        text = (
            f"文件“{stored.name}”与保存时不一致，不能下载。已向系统管理员报警；请联系秘书处，说明文件编号 {stored.pk}。"
        )
        raise Refused([Problem("damaged_file", text)])
    response = FileResponse(stored.file.open("rb"), as_attachment=True, filename=stored.name)
    response["Content-Type"] = stored.content_type
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def picture(image, *, marked_for=None):
    """Answer with the picture of a page, to be shown inside a page of ours; the caller has decided who may.

    With `marked_for`, a person, it carries their name and the hour.
    """
    if marked_for is None:
        return _shown_only_here(FileResponse(image.image.open("rb"), content_type="image/webp"))
    words = f"{marked_for}　{localtime(clock.now()):%Y-%m-%d %H 时}"
    return _shown_only_here(HttpResponse(watermarks.marked(image, words), content_type="image/jpeg"))


def thumbnail(image):
    """Answer with the picture of a page too small to be read; the reader's browser may keep it for an hour."""
    response = _shown_only_here(HttpResponse(watermarks.thumbnail(image), content_type="image/jpeg"))
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _shown_only_here(response):
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
