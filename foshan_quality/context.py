from django.conf import settings
from django.urls import reverse

from awards.subsidies.reconciling import queries as reconciling
from enterprises.notifications.queries import unread_count
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission


def portal(request):
    """What every page's frame needs: names, contact, the clock, and where this person may go.

    The office's frame counts unread messages too; an applicant's page brings its own count. Whoever has to do with
    the money is told on every page of the office and of the leaders that it is stopped.
    """
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    in_office = signed_in and "admin" in getattr(request.resolver_match, "app_names", ())
    unread, stop = _told(request, user, in_office) if signed_in else (0, None)
    return {
        "portal_name": settings.PORTAL_NAME,
        "department_name": settings.DEPARTMENT_NAME,
        "hotline": settings.HOTLINE,
        "record_numbers": settings.RECORD_NUMBERS,
        "is_demo": settings.DEMO,
        "unified_identity_name": settings.UNIFIED_IDENTITY_NAME,
        "server_time": clock.now(),
        "unread_count": unread,
        "money_stop": stop,
        "is_applicant": signed_in and (not user.roles or user.is_member),
        "may_enter_office": signed_in and user.has_perm(Permission.OFFICE_ENTER),
        "may_see_dashboard": signed_in and user.has_perm(Permission.DASHBOARD_VIEW),
    }


def _told(request, user, in_office):
    """How many messages wait, and why no money is released: a Stop with its address. One query, none elsewhere."""
    among_leaders = getattr(request.resolver_match, "route", "").startswith("leadership/")
    if not (in_office or among_leaders):
        return 0, None
    if not user.has_perm(Permission.RECONCILIATION_VIEW):
        return (unread_count(user) if in_office else 0), None
    unread, newest = reconciling.unread_and_newest(user)
    stop = reconciling.stop_after(newest)
    return unread, stop and {"stop": stop, "url": _address(stop, in_office)}


def _address(stop, in_office):
    if stop.run is None:
        return reverse("admin:awards_reconciliation_changelist") if in_office else ""
    return reverse("admin:awards_reconciliation_change" if in_office else "dashboard_reconciliation", args=[stop.run])
