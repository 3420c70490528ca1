"""The kinds of file that are taken, by how their content begins. What each really holds, the sandbox finds out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of file. Those without pages of their own are drawn from a reading copy."""

    key: str
    word: str
    suffixes: tuple[str, ...]
    content_type: str
    head: bytes
    has_pages: bool = True


OFFICE = "application/vnd.openxmlformats-officedocument"
ZIP_HEAD = b"PK\x03\x04"

KINDS = {
    kind.key: kind
    for kind in [
        Kind("pdf", "PDF", (".pdf",), "application/pdf", b"%PDF-"),
        Kind("jpeg", "JPEG 图片", (".jpg", ".jpeg"), "image/jpeg", b"\xff\xd8\xff"),
        Kind("png", "PNG 图片", (".png",), "image/png", b"\x89PNG\r\n\x1a\n"),
        Kind("docx", "Word（docx）", (".docx",), f"{OFFICE}.wordprocessingml.document", ZIP_HEAD, has_pages=False),
        Kind("xlsx", "Excel（xlsx）", (".xlsx",), f"{OFFICE}.spreadsheetml.sheet", ZIP_HEAD, has_pages=False),
    ]
}
BY_CONTENT_TYPE = {kind.content_type: kind for kind in KINDS.values()}


def beginning_like(head: bytes, accepted, name: str = "") -> Kind | None:
    """The accepted kind a file begins as. Word and Excel begin alike, so between them the name decides first."""
    fitting = [KINDS[key] for key in accepted if head.startswith(KINDS[key].head)]
    named = [kind for kind in fitting if name.lower().endswith(kind.suffixes)]
    return next(iter(named or fitting), None)


def words(accepted) -> str:
    """The accepted kinds as people call them: PDF、JPEG 图片."""
    return "、".join(KINDS[key].word for key in accepted)
