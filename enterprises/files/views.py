import logging

from django.http import FileResponse

from foshan_quality.lib.problems import Problem, Refused

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


def picture(image):
    """Answer with the picture of a page, to be shown inside a page of ours; the caller has decided who may."""
    response = FileResponse(image.image.open("rb"), content_type="image/webp")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
