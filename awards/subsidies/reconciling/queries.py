from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Subquery
from django.utils.timezone import localtime

from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem

from ..models import LedgerEntry
from .comparison import BY_CODE, CHECKS, Check
from .models import Reconciliation

CLEAR_IT = "查清并更正后请资金人员或审计管理员在“账目核对”点“立即核对”，没有差异即恢复支付。"
RUN_IT = "请资金人员或审计管理员在“账目核对”点“立即核对”；夜间自动核对没有运行的，请告知系统管理员。"


@dataclass(frozen=True)
class Stop:
    """Why no money is released: the run that found differences, or none for so long. `text` and `remedy` say so."""

    text: str
    remedy: str
    run: int | None = None


def newest():
    """The newest comparison's key, moment and number of differences; None before the first. One query."""
    return Reconciliation.objects.order_by("-pk").values_list("pk", "run_at", "difference_count").first()


def unread_and_newest(user):
    """How many messages wait for this person, and the newest comparison as `newest` gives it. One query for both."""
    unread = user.inbox.filter(read_at=None).order_by().values("user").annotate(count=Count("pk")).values("count")
    run = Reconciliation.objects.order_by("-pk")
    parts = [Subquery(run.values(column)[:1]) for column in ("pk", "run_at", "difference_count")]
    count, *last = User.objects.values_list(Subquery(unread), *parts).get(pk=user.pk)
    return count or 0, tuple(last) if last[0] else None


def money_stop():
    """Why no money may be released now; None when it may. One query, two before the first comparison."""
    return stop_after(newest())


def stop_problems():
    """What stands in the way of every release, to be asked in the transaction that releases. One query."""
    stop = money_stop()
    return [Problem("reconcile", f"{stop.text}没有办理，也没有送出。{stop.remedy}")] if stop else []


def stop_after(last):
    """The stop that follows from the newest comparison (key, moment, differences), if any.

    Before the first one its age is that of the first payment's first booking; without payments nothing is old.
    """
    if last and last[2]:
        key, run_at, count = last
        text = f"{localtime(run_at):%Y-%m-%d %H:%M} 的账目核对发现 {count} 处差异，已停止复核和送财政。"
        return Stop(text, CLEAR_IT, key)
    hours = settings.RECONCILE_MAX_AGE_HOURS
    since = last[1] if last else hours and first_booked()
    if hours and since and clock.now() - since > timedelta(hours=hours):
        return Stop(f"账目已超过 {hours} 小时没有核对，复核和送财政暂停。", RUN_IT)
    return None


def first_booked() -> datetime | None:
    """When the first payment was booked. One query."""
    entries = LedgerEntry.objects.filter(disbursement__isnull=False).order_by("pk")
    return entries.values_list("transaction__booked_at", flat=True).first()


@dataclass(frozen=True)
class Finding:
    """The differences of one check in one run, as a page lists them."""

    check: Check
    rows: list


def findings_of(run) -> list[Finding]:
    """What a run found, check by check in their order. No query."""
    by_code = {}
    for row in run.differences:
        by_code.setdefault(row["code"], []).append(row)
    order = {check.code: number for number, check in enumerate(CHECKS)}
    codes = sorted(by_code, key=lambda code: order.get(code, len(order)))
    return [Finding(BY_CODE.get(code) or Check(code, code, ""), by_code[code]) for code in codes]


def checked_in(run) -> list[tuple[str, bool]]:
    """Every check of a run in words and whether it held; nothing for a run of older checks. No query."""
    broken = {row["code"] for row in run.differences}
    return [(check.title, check.code not in broken) for check in CHECKS] if run.checks == len(CHECKS) else []
