"""The conversation with the identity provider, as allauth has it, with the gaps closed."""

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.urls import reverse
from requests import RequestException

from .tokens import believed

DISCOVERY = "/.well-known/openid-configuration"


class UnifiedIdentityAdapter(OpenIDConnectOAuth2Adapter):
    """Talks to the provider. `state` is what this browser's session knows of the sign-in under way."""

    state = None

    @property
    def openid_config(self):
        """The provider's own description, only when it comes from the issuer that our settings name."""
        if not hasattr(self, "_openid_config"):
            try:
                config = super().openid_config
                issuer = config["issuer"].rstrip("/")
            except (RequestException, AttributeError, KeyError, TypeError, ValueError) as problem:
                raise OAuth2Error("the provider does not describe itself") from problem
            if issuer != self.get_provider().server_url.removesuffix(DISCOVERY).rstrip("/"):
                del self._openid_config
                raise OAuth2Error("the provider names another issuer")
        return self._openid_config

    def parse_token(self, data):
        """Its answer is read once and not kept."""
        return SocialToken(token=data["access_token"])

    def get_callback_url(self, request, app):
        return build_absolute_uri(request, reverse("unified_callback"))

    def complete_login(self, request, app, token, *, response):
        """The person the provider vouches for. What it says beside the id_token must be about the same subject."""
        claims = believed(
            response.get("id_token"),
            client_id=app.client_id,
            config=self.openid_config,
            nonce=(self.state or {}).get("nonce"),
        )
        if "userinfo_endpoint" in self.openid_config:
            more = self._fetch_user_info(token.token)
            if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
                raise OAuth2Error("the userinfo is about somebody else")
            claims = more | claims
        return self.get_provider().sociallogin_from_response(request, claims)


class Callback(OAuth2CallbackView):
    """Where the provider sends people back to; hands the session's state on to whoever checks the token."""

    def _get_state(self, request, provider):
        self.adapter.state, response = super()._get_state(request, provider)
        return self.adapter.state, response
