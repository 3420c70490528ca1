"""Who else is at work on a section, told from what was saved last. Pure: saves and the moment go in."""

from collections.abc import Iterable
from datetime import datetime, timedelta

RECENTLY = timedelta(minutes=10)  # texts and figures save themselves, so whoever types is seen within seconds


def others_at_work(saves: Iterable[tuple], reader, now: datetime) -> str:
    """Who but the reader saved something lately, in one sentence, the latest first; empty when nobody did.

    A save is (person, moment); either may be None where nothing was saved yet.
    """
    latest: dict = {}
    for person, moment in saves:
        if person and moment and person != reader and timedelta(0) <= now - moment < RECENTLY:
            latest[person] = max(moment, latest.get(person, moment))
    said = [f"{person} {_ago(now - moment)}" for person, moment in sorted(latest.items(), key=lambda s: s[1])[::-1]]
    return f"{'，'.join(said)}在编辑本节。" if said else ""


def _ago(past: timedelta) -> str:
    minutes = int(past.total_seconds() // 60)
    return f"{minutes} 分钟前" if minutes else "刚刚"
