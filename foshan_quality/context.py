from django.conf import settings

from foshan_quality.lib import clock
from foshan_quality.permissions import Permission


def portal(request):
    """What every page's frame needs: names, contact, the clock, and where this person may go."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "portal_name": settings.PORTAL_NAME,
        "department_name": settings.DEPARTMENT_NAME,
        "hotline": settings.HOTLINE,
        "record_numbers": settings.RECORD_NUMBERS,
        "is_demo": settings.DEMO,
        "server_time": clock.now(),
        "is_applicant": signed_in and (not user.roles or user.memberships.filter(ended_at=None).exists()),
        "may_enter_office": signed_in and user.has_perm(Permission.OFFICE_ENTER),
        "may_see_dashboard": signed_in and user.has_perm(Permission.DASHBOARD_VIEW),
    }
