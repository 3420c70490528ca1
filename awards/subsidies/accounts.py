"""What about a payee's account wants a third person's look before money goes there. Pure."""

from datetime import datetime, timedelta


def doubts(confirmed_at: datetime, is_changed: bool, others: list[str], now: datetime, days: int) -> list[str]:
    """Sentences, none where all is quiet: an account that replaced another less than `days` ago, and one that other
    organisations (`others`, by name) use or have used."""
    found = []
    if is_changed and now - confirmed_at < timedelta(days=days):
        found.append(f"该单位在 {days} 天内更换过对公账户")
    if others:
        found.append(f"同一账号还登记在：{'、'.join(others)}")
    return found
