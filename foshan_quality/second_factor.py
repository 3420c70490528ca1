"""Whoever holds a duty needs a second factor, in the office and everywhere else, where the setting requires it."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect


class middleware:
    """Until it is set up, such a person gets no further than the public pages and those of signing in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        is_open = not getattr(view, "login_required", True) or request.resolver_match.route.startswith("accounts/")
        if is_open or not settings.OFFICE_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        if not request.user.roles or is_mfa_enabled(request.user):
            return None
        messages.warning(request, "您的职责需要第二重验证，请先设置验证器。")
        return redirect("mfa_activate_totp")
