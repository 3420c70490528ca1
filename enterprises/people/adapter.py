from allauth.account.adapter import DefaultAccountAdapter

from foshan_quality.permissions import Permission


class AccountAdapter(DefaultAccountAdapter):
    """Sends each person to the right front door after signing in."""

    def get_login_redirect_url(self, request):
        user = request.user
        if user.memberships.filter(ended_at=None).exists():
            return "/desk/"
        if user.has_perm(Permission.OFFICE_ENTER):
            return "/office/"
        if user.has_perm(Permission.DASHBOARD_VIEW):
            return "/leadership/"
        return "/desk/"
