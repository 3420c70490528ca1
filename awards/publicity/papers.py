"""A notice and a reply as content to be set, from their records."""

from django.conf import settings
from django.utils.timezone import localdate

from . import composing
from .models import Notice


def paper_of(notice):
    """A notice's content as it stands, or will stand when released."""
    released_on, rules = localdate(notice.published_at), notice.edition.settled
    return composing.of_notice(
        title=notice.title,
        body=notice.body,
        names=notice.names,
        window=composing.window_said(
            notice.first_day,
            notice.last_day,
            notice.working_days,
            is_first_day_counted=rules["notice_first_day_counted"],
        ),
        number=notice.number,
        dated=released_on,
        issuer=settings.DEPARTMENT_NAME,
        hotline=settings.HOTLINE,
        is_rehearsal=notice.edition.is_rehearsal,
        replaced=replacing(notice),
    )


def replacing(notice):
    """The sentence that a notice takes another's place, or nothing."""
    former: Notice = notice.replaces
    if former is None:
        return ""
    return composing.replacing_said(former.number, former.title, localdate(former.published_at), notice.because)


def reply_of(objection):
    """The answer to whoever objected; of a decided objection only."""
    names = {row["application"]: row["name"] for row in objection.notice.names}
    return composing.of_reply(
        to=objection.objector,
        name=names[objection.application_id],
        notice=objection.notice.title,
        received_on=localdate(objection.received_at),
        outcome=objection.state,
        finding=objection.finding,
        number=objection.reply_number,
        mark=settings.DEPARTMENT_NAME,
        issuer=settings.DEPARTMENT_NAME,
        dated=localdate(objection.decided_at),
        contact=f"（联系电话：{settings.HOTLINE}）",
        is_rehearsal=objection.notice.edition.is_rehearsal,
    )
