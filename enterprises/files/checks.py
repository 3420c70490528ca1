"""Why a file is not taken, in words, and what its name is shown as. Judged by content, never by name."""

import re
import unicodedata
from contextlib import contextmanager

from foshan_quality.lib.problems import Problem, Refused

from .kinds import KINDS, beginning_like, words

REASONS = {
    "empty": "文件是空的，没有保存。请重新导出后上传。",
    "too_big": "文件有 {size:.1f} MB，超过 {limit} MB 的上限，没有保存。请压缩或拆分后上传。",
    "not_pdf": "这不是 PDF 文件（按内容判断），没有保存。请另存为 PDF 后上传。",
    "not_accepted": "这里只收 {accepted}（按内容判断，不看文件名），没有保存。请另存为其中一种后上传。",
    "encrypted": "文件已加密，没有保存。请去掉打开密码后上传。",
    "damaged": "文件已损坏，无法打开，没有保存。请重新导出后上传。",
    "cut_off": "文件不完整，结尾缺失，没有保存。请重新导出或重新下载后上传。",
    "no_pages": "文件没有页面，没有保存。请重新导出后上传。",
    "too_many_pages": "文件超过 {max_pages} 页的上限，没有保存。请拆分后上传。",
    "page_size": "文件里有尺寸异常的页面（边长须在 5 米以内），没有保存。请按 A4 或 A3 重新导出后上传。",
    "image_size": "文件里有像素过多的图片，没有保存。请降低扫描分辨率（300 dpi 即可）后上传。",
    "picture_size": "图片像素过多（上限 {megapixels} 百万），没有保存。请降低扫描分辨率（300 dpi 即可）后上传。",
    "not_office": "这不是完整的 Word（docx）或 Excel（xlsx）文件，没有保存。请用办公软件另存后上传，或另存为 PDF。",
    "unpacked": "文件解压后过大或部件过多，没有保存。请压缩图片或拆分后上传，或另存为 PDF。",
    "macros": "文件带有宏，没有保存。请另存为不带宏的 docx 或 xlsx，或另存为 PDF 后上传。",
    "embedded": "文件里嵌有其他文件或控件（{part}），没有保存。请删除后再上传，或另存为 PDF。",
    "external": "文件引用了外部内容（{part}），没有保存。请断开外部链接、改为图片或数值后上传，或另存为 PDF。",
    "form": "文件是还没有定稿的电子表单，填写的内容可能丢失，没有保存。请用“打印为 PDF”另存后上传。",
    "heavy": "文件过于复杂，未能在限定的时间和内存内检查完，没有保存。请用“打印为 PDF”另存或拆分后上传。",
    "infected": "杀毒程序认为文件带有病毒，没有保存。请检查电脑后重新导出上传。",
    "unscanned": "杀毒程序暂时不能工作，文件无法检查，没有保存。请过几分钟再上传。",
    "unavailable": "系统暂时不能保存文件，没有保存。请过几分钟再上传；仍不行请联系秘书处。",
}

NAME_LIMIT = 200
RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class BadFile(Exception):
    """The file is not taken; the message says why and what to do."""


@contextmanager
def refused_at(field):
    """A file that is not taken is refused beside this field of the form."""
    try:
        yield
    except BadFile as bad:
        raise Refused([Problem("file", str(bad), field)]) from None


def reason(code, **facts):
    """The sentence for one of `REASONS`, its gaps filled in."""
    return REASONS[code].format(**facts)


def receive(upload, file, *, accepted, max_bytes):
    """Copy an upload into `file` piece by piece; its kind. Refused when empty, too big or beginning as none of them."""
    size, kind = 0, None
    for chunk in filter(None, upload.chunks()):
        if not size:
            kind = _begun(chunk, accepted, upload.name or "")
        size += len(chunk)
        if size > max_bytes:
            whole = max(size, upload.size or 0) / 1024 / 1024
            raise BadFile(reason("too_big", size=whole, limit=max_bytes // 1024 // 1024))
        file.write(chunk)
    if not size:
        raise BadFile(reason("empty"))
    file.flush()
    return kind


def _begun(chunk, accepted, name):
    kind = beginning_like(chunk, accepted, name)
    if kind is None:
        only_pdf = tuple(accepted) == ("pdf",)
        raise BadFile(reason("not_pdf") if only_pdf else reason("not_accepted", accepted=words(accepted)))
    return kind


def shown_name(name, kind=KINDS["pdf"]):
    """The person's file name made harmless for lists, download headers and any disk; it ends as its kind does.

    Without a kind (of a file that is not taken) it ends as it was handed in.
    """
    last = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    tidy = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", last))
    kept = "".join(c for c in tidy if unicodedata.category(c)[0] != "C").rstrip(" .")
    stem = _without_suffix(kept, kind).strip(" .")[: NAME_LIMIT - 5].rstrip(" .") or "未命名"
    return f"{'_' if RESERVED_ON_WINDOWS.match(stem) else ''}{stem}{kind.suffixes[0] if kind else ''}"


def _without_suffix(name, kind):
    suffix = next((suffix for suffix in (kind.suffixes if kind else ()) if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]
