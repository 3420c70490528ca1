"""An official paper as content to be set, from its record."""

from django.conf import settings
from django.utils.timezone import localdate

from awards.publicity import composing
from awards.publicity.models import TextTemplate


def content_of(paper):
    """What is printed: the mark of whoever issues it, number, title, addressee, text, signature and day."""
    is_ours = paper.kind != TextTemplate.Kind.COMMENDATION
    issuer = settings.DEPARTMENT_NAME if is_ours else settings.ISSUER_NAME
    return composing.content(
        title=paper.title,
        body=paper.body,
        issuer=issuer,
        dated=localdate(paper.issued_at) if paper.issued_at and is_ours else None,
        is_rehearsal=paper.edition.is_rehearsal,
        mark=f"{issuer}文件",
        number=paper.number,
        signer=paper.kind == TextTemplate.Kind.REQUEST,
        to=paper.to,
        contact=f"（联系电话：{settings.HOTLINE}）" if is_ours else "",
    )
