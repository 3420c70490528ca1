"""Where an edition stands, in the public's words. Pure: the edition, its public papers and the moment go in."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localdate

from awards.programmes.models import Edition

NAMES = ["公告", "申报", "评审", "公示", "表彰"]


@dataclass(frozen=True)
class Season:
    """One edition as the home page shows it. `moment` is the next date that matters, if one is fixed."""

    edition: Edition
    words: str
    takes_applications: bool
    moment: datetime | None
    moment_label: str
    stages: list[dict]


def season_of(edition, notices, approved_on, waiting, moment):
    """The season of a public edition. `notices` are its released ones, newest first; `approved_on` the days of its
    approvals, the first one first; `waiting` counts those whom a later approval will decide on."""
    words, position, due, label = _standing(edition, notices, waiting, moment)
    return Season(
        edition=edition,
        words=words,
        takes_applications=edition.takes_applications(moment),
        moment=due,
        moment_label=label,
        stages=_stages(edition, notices, approved_on, position),
    )


def _standing(edition, notices, waiting, moment):
    state = edition.state
    if state in {Edition.State.PUBLISHED, Edition.State.OPEN} and moment < edition.opens_at:
        return "未开始", 0, edition.opens_at, "申报开始"
    if state == Edition.State.PUBLISHED:
        return "即将开放", 0, edition.closes_at, "申报截止"
    if state == Edition.State.OPEN and moment < edition.closes_at:
        return "申报中", 1, edition.closes_at, "申报截止"
    if state == Edition.State.OPEN:
        return "申报已截止", 1, None, ""
    if state == Edition.State.REVIEW:
        return "评审中", 2, None, ""
    if state == Edition.State.PUBLICITY:
        running = any(localdate(moment) <= notice.last_day for notice in notices)
        return ("公示中" if running else "公示期已结束"), 3, None, ""
    return (f"已表彰，{waiting} 家待补充批准" if waiting else "已表彰"), len(NAMES), None, ""


def _stages(edition, notices, approved_on, position):
    when = [
        f"{edition.approved_on:%Y-%m-%d} 批准",
        f"{localdate(edition.opens_at):%Y-%m-%d} 至 {localdate(edition.closes_at):%m-%d}",
        "",
        "、".join(f"{notice.first_day:%Y-%m-%d} 至 {notice.last_day:%m-%d}" for notice in reversed(notices)),
        "、".join(f"{day:%Y-%m-%d}" for day in approved_on),
    ]
    return [
        {"name": name, "when": when[n], "kind": "done" if n < position else "now" if n == position else "later"}
        for n, name in enumerate(NAMES)
    ]
