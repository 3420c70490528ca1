"""What allauth asks of a provider. It is there once `SOCIALACCOUNT_PROVIDERS` names an app for it."""

import secrets

from allauth.account.models import EmailAddress
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.urls import reverse
from requests import RequestException

from .oidc import UnifiedIdentityAdapter


class UnifiedIdentityProvider(OpenIDConnectProvider):
    id = "unified"
    name = "统一身份认证"
    oauth2_adapter_class = UnifiedIdentityAdapter
    supports_token_authentication = False

    def get_login_url(self, request, **kwargs):
        return reverse("unified_login", query=kwargs or None)

    def get_callback_url(self):
        return reverse("unified_callback")

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        """Send the browser to the provider with a nonce that only this session knows."""
        nonce = secrets.token_urlsafe(16)
        kwargs["auth_params"] = self.get_auth_params() | {"nonce": nonce}
        try:
            return super().redirect(request, process, next_url=next_url, data=data, nonce=nonce, **kwargs)
        except (OAuth2Error, RequestException) as problem:
            return render_authentication_error(request, self, exception=problem)

    def get_auth_params_from_request(self, request, action):
        """What we ask the provider is ours to say, not the address's."""
        return self.get_auth_params()

    def get_scope_from_request(self, request):
        return self.get_scope()

    def extract_uid(self, data):
        return str(data["sub"])

    def extract_extra_data(self, data):
        """Of what the provider tells, only the issuer is kept: the rest is personal and stands in the account."""
        return {"iss": data["iss"]}

    def extract_common_fields(self, data):
        return {"email": _mailbox(data), "name": data.get("name")}

    def extract_email_addresses(self, data):
        """The provider's word that an address is verified counts only when it is plainly given."""
        if not _mailbox(data):
            return []
        return [EmailAddress(email=_mailbox(data), verified=data.get("email_verified") is True, primary=True)]


def _mailbox(data):
    return str(data.get("email") or "").strip().lower()


provider_classes = [UnifiedIdentityProvider]
