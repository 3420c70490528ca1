from django.conf import settings

from enterprises.notifications.queries import unread_count
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission


def portal(request):
    """What every page's frame needs: names, contact, the clock, and where this person may go.

    The office's frame counts unread messages too; an applicant's page brings its own count.
    """
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    in_office = signed_in and "admin" in getattr(request.resolver_match, "app_names", ())
    return {
        "portal_name": settings.PORTAL_NAME,
        "department_name": settings.DEPARTMENT_NAME,
        "hotline": settings.HOTLINE,
        "record_numbers": settings.RECORD_NUMBERS,
        "is_demo": settings.DEMO,
        "unified_identity_name": settings.UNIFIED_IDENTITY_NAME,
        "server_time": clock.now(),
        "unread_count": unread_count(user) if in_office else 0,
        "is_applicant": signed_in and (not user.roles or user.is_member),
        "may_enter_office": signed_in and user.has_perm(Permission.OFFICE_ENTER),
        "may_see_dashboard": signed_in and user.has_perm(Permission.DASHBOARD_VIEW),
    }
