from django.conf import settings
from django.utils.timezone import localdate

from awards.process import State
from awards.programmes.models import Edition
from awards.publicity.queries import drawn, facts_of, frozen, ready, standing_notices, text_of
from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date, paper_moment

LISTING = {"request", "commendation"}
EXAMINED = "收到的异议均已核查完毕"
SOME_EXAMINED = "其中{}家单位有异议正在核查，未列入本次名单，核查办结后另行报批"


def names_for(edition, kind):
    """Names and districts of those a paper lists, in order of number; none for a call.

    Listed are those who can be decided on now; a commendation written after the approval lists the honoured. Whoever
    waits for the end of an examination is left to a later paper. Two queries at most.
    """
    if kind not in LISTING:
        return []
    listed = list(ready(edition))
    if not listed and kind == "commendation":
        honoured = edition.applications.filter(state=State.HONOURED)
        listed = honoured.select_related("organisation").order_by("number")
    return [(a.organisation.name, a.organisation.get_district_code_display()) for a in listed]


def paper_text(edition, kind):
    """A paper's title, addressee and body from the template, with what was filled in. Seven queries at most."""
    names, waiting = names_for(edition, kind), frozen(edition).count()
    notices = standing_notices(edition, clock.now())
    facts = facts_of(edition, len(names)) | {
        "颁奖机关": settings.ISSUER_NAME,
        "名单": "\n".join(f"{n}.{name}（{district}）" for n, (name, district) in enumerate(names, 1)) or "名单待填",
        "异议核查": SOME_EXAMINED.format(waiting) if waiting else EXAMINED,
        "补充": "补充" if edition.state == Edition.State.AWARDED and ready(edition).exists() else "",
        "申报开始": paper_date(localdate(edition.opens_at)),
        "申报截止": paper_moment(edition.closes_at).replace(" ", ""),
        "公示开始": paper_date(min(n.first_day for n in notices)) if notices else "公示开始待填",
        "公示结束": paper_date(max(n.last_day for n in notices)) if notices else "公示结束待填",
    }
    return drawn(text_of(edition.programme, kind), facts)
