from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from requests import RequestException

from .oidc import Callback, UnifiedIdentityAdapter
from .provider import UnifiedIdentityProvider


@login_not_required
def login(request):
    """Off to the provider, by POST. There is no such page while none is configured."""
    return _answer(request, OAuth2LoginView)


@login_not_required
def callback(request):
    """Back from the provider."""
    return _answer(request, Callback)


def _answer(request, view):
    adapter = UnifiedIdentityAdapter(request, UnifiedIdentityProvider.id)
    try:
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist:
        raise Http404 from None
    try:
        return view.adapter_view(adapter)(request)
    except (OAuth2Error, RequestException) as problem:
        return render_authentication_error(request, provider, exception=problem)
