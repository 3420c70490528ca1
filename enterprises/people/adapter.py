import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

from foshan_quality.permissions import Permission

from .actions import note_identity

log = logging.getLogger(__name__)


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


class SecondFactorAdapter(DefaultMFAAdapter):
    """Says what to do before a second factor can be set up."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "unverified_email": "启用前须先确认邮箱：在“邮箱”里点“重新发送确认邮件”，打开邮件中的链接，再回来启用。"
    }


class IdentityAdapter(DefaultSocialAccountAdapter):
    """Identities of the province beside our accounts.

    One is linked to an existing account only by its owner, signed in and asked for the password again: never
    because a mail address is the same. Whoever is new gets an account of one's own.
    """

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": "本账号还没有密码，解除绑定后将无法登录。请先设置密码，再解除绑定。",
        "no_verified_email": "本账号还没有确认过的邮箱，解除绑定后将无法登录。请先确认邮箱。",
        "email_taken": "这个邮箱已有账号。请先用密码登录，再在“账号”里绑定%s。",
    }

    def populate_user(self, request, sociallogin, data):
        """A new account starts with the name and the address the provider tells."""
        user = super().populate_user(request, sociallogin, {"email": data.get("email")})
        user.name = str(data.get("name") or "")[:60]
        return user

    def get_signup_form_initial_data(self, sociallogin):
        return super().get_signup_form_initial_data(sociallogin) | {"name": sociallogin.user.name}

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        """Why a sign-in failed is for the log; the person is told what to do now."""
        log.warning("unified identity: %s, %s", error, exception or "no state of this browser")

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """allauth says here that an identity was linked or parted: the trail notes it. No mail is sent."""
        note_identity(by=user, is_linked=template_prefix.endswith("_connected"))
