"""So many calls per address and stretch of time, for pages that anyone may call. Counted in the cache."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache

from foshan_quality.lib import clock


def is_too_often(request, what: str, *, times: int, seconds: int) -> bool:
    """Count this call; True once the address has made more than `times` of them within `seconds`.

    The address is the one that sign-in limits use, so a trusted proxy is configured in one place.
    """
    stretch = int(clock.now().timestamp()) // seconds
    key = f"throttle:{what}:{get_adapter().get_client_ip(request)}:{stretch}"
    count = cache.get(key, 0) + 1
    cache.set(key, count, seconds)
    return count > times
