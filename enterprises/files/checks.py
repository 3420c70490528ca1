"""Is this what it says it is? Judged by content, never by name. Pure: bytes in, page count out."""

import io
import unicodedata

import pikepdf


class BadFile(Exception):
    """The file is not taken; the message says why and what to do."""


def pdf_pages(content: bytes, *, max_bytes: int) -> int:
    """Page count of a readable, unencrypted PDF of at most `max_bytes`. Anything else is refused."""
    if not content:
        raise BadFile("文件是空的，没有保存。请重新导出后上传。")
    if len(content) > max_bytes:
        size = len(content) / 1024 / 1024
        raise BadFile(
            f"文件有 {size:.1f} MB，超过 {max_bytes // 1024 // 1024} MB 的上限，没有保存。请压缩或拆分后上传。"
        )
    if not content.startswith(b"%PDF-"):
        raise BadFile("这不是 PDF 文件（按内容判断），没有保存。请另存为 PDF 后上传。")
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            pages = len(pdf.pages)
    except pikepdf.PasswordError:
        raise BadFile("文件已加密，没有保存。请去掉打开密码后上传。") from None
    except pikepdf.PdfError:
        raise BadFile("文件已损坏，无法打开，没有保存。请重新导出后上传。") from None
    if not pages:
        raise BadFile("文件没有页面，没有保存。请重新导出后上传。")
    return pages


def shown_name(name: str) -> str:
    """The person's file name made harmless for lists and download headers."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    return kept[-200:] or "未命名.pdf"
