from django.conf import settings
from django.utils.timezone import localdate

from awards.process import State
from awards.publicity.queries import drawn, facts_of, standing_notices, text_of
from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date, paper_moment

STANDING = {
    "request": [State.PUBLICISED],
    "commendation": [State.PUBLICISED, State.HONOURED],
}


def names_for(edition, kind):
    """Names and districts of those a paper lists, in order of number; none for a call. One query."""
    states = STANDING.get(kind, [])
    listed = edition.applications.filter(state__in=states).select_related("organisation").order_by("number")
    return [(a.organisation.name, a.organisation.get_district_code_display()) for a in listed] if states else []


def paper_text(edition, kind):
    """A paper's title, addressee and body from the template, with what was filled in. Five queries."""
    names = names_for(edition, kind)
    notices = standing_notices(edition, clock.now())
    facts = facts_of(edition, len(names)) | {
        "颁奖机关": settings.ISSUER_NAME,
        "名单": "\n".join(f"{n}.{name}（{district}）" for n, (name, district) in enumerate(names, 1)) or "名单待填",
        "申报开始": paper_date(localdate(edition.opens_at)),
        "申报截止": paper_moment(edition.closes_at),
        "公示开始": paper_date(min(n.first_day for n in notices)) if notices else "公示开始待填",
        "公示结束": paper_date(max(n.last_day for n in notices)) if notices else "公示结束待填",
    }
    return drawn(text_of(edition.programme, kind), facts)
