"""Signing in through the province: only for whom a real token speaks, and never into somebody else's account."""

import hashlib
import hmac
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.urls import reverse

from enterprises.models import AuditEvent, User
from tests import given
from tests.oidc import ANOTHER_KEY, CLIENT, KEY, app_of, openid_provider, set_out, sign_in

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with openid_provider() as running:
        settings.SOCIALACCOUNT_PROVIDERS = {"unified": {"APPS": [app_of(running.url)]}}
        settings.UNIFIED_IDENTITY_NAME = "广东省统一身份认证"
        yield running


def signed_in_as(client):
    return client.session.get("_auth_user_id")


def linked(user, sub="440600-1"):
    return SocialAccount.objects.create(user=user, provider="unified", uid=sub, extra_data={})


def account(email="zhang@firm.example", *roles, password=given.PASSWORD):
    user = User.objects.create_user(email, password, name="张三")
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    for role in roles:
        user.role_grants.create(role=role)
    return user


def failed(client, response):
    """Nobody is signed in, nothing was made, and the page says so in words."""
    page = response.content.decode()
    return (
        response.status_code == 401
        and "没有登录，也没有改动任何内容" in page
        and signed_in_as(client) is None
        and not SocialAccount.objects.exists()
        and not User.objects.exists()
    )


# --- only when configured -----------------------------------------------------------------------------


def test_without_settings_there_is_neither_button_nor_page(client):
    page = client.get(reverse("account_login")).content.decode()

    assert "统一身份认证" not in page
    for name in ("unified_login", "unified_callback"):
        assert client.get(reverse(name)).status_code == 404
        assert client.post(reverse(name)).status_code == 404


def test_with_settings_the_sign_in_page_has_a_button_that_asks_before_a_get_leaves(client, provider):
    page = client.get(reverse("account_login")).content.decode()
    asked = client.get(reverse("unified_login"))

    assert "用广东省统一身份认证登录" in page
    assert f'action="{reverse("unified_login")}"' in page
    assert (asked.status_code, "将前往广东省统一身份认证登录" in asked.content.decode()) == (200, True)
    assert provider.asked == []


# --- the way there and back ---------------------------------------------------------------------------


def test_a_new_person_gets_an_account_with_the_name_and_the_verified_address(client, provider):
    response = sign_in(client)

    user = User.objects.get()
    assert (response.status_code, response.url) == (302, "/desk/")
    assert (user.email, user.name, user.has_usable_password()) == ("zhang@firm.example", "张三", False)
    assert EmailAddress.objects.values_list("email", "verified").get() == ("zhang@firm.example", True)
    assert signed_in_as(client) == str(user.pk)


def test_of_what_the_provider_tells_only_the_issuer_is_kept(client, provider):
    provider.told = {"id_card": "440601199001011234", "phone_number": "13800000000"}

    sign_in(client)

    assert SocialAccount.objects.values_list("uid", "extra_data").get() == ("440600-1", {"iss": provider.url})
    assert not SocialToken.objects.exists()


def test_the_request_carries_state_nonce_and_a_challenge_and_nothing_of_the_address_bar(client, provider):
    set_out(client, auth_params="redirect_uri=https://elsewhere.example&nonce=known", scope="everything")

    [asked] = provider.asked
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver" + reverse("unified_callback")
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["nonce"] not in {"", "known"}
    assert {asked["state"], asked["nonce"], asked["code_challenge"]} != {asked["state"]}


def test_every_sign_in_has_its_own_nonce_state_and_challenge(client, provider):
    for _ in range(3):
        set_out(client)

    for name in ("nonce", "state", "code_challenge"):
        assert len({asked[name] for asked in provider.asked}) == 3


def test_a_person_who_was_here_before_comes_into_the_same_account(client, provider):
    user = account("other@firm.example")
    linked(user)

    sign_in(client)

    assert signed_in_as(client) == str(user.pk)
    assert User.objects.count() == 1


def test_whoever_has_no_address_is_asked_for_one(client, provider):
    provider.person.pop("email")

    response = client.get(sign_in(client).url)
    made = client.post(reverse("socialaccount_signup"), {"name": "李四", "email": "li@firm.example", "phone": ""})

    assert response.context["form"].initial["name"] == "张三"
    assert "完善账号" in response.content.decode()
    assert made.status_code == 302
    assert User.objects.values_list("name", "email").get() == ("李四", "li@firm.example")
    assert EmailAddress.objects.get().verified is False


def test_an_address_the_provider_has_not_verified_is_verified_by_mail_first(client, provider, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for claim in (False, "true", 1, None):
        provider.person |= {"sub": f"sub-{claim}", "email": f"z{claim}@firm.example".lower(), "email_verified": claim}
        sign_in(client)

        assert signed_in_as(client) is None
    assert set(EmailAddress.objects.values_list("verified", flat=True)) == {False}
    assert len(mail.outbox) == 4


# --- tokens that are not believed ---------------------------------------------------------------------


def with_other_key(claims):
    return jwt.encode(claims, ANOTHER_KEY, "RS256", headers={"kid": "key-1"})


def with_unknown_key(claims):
    return jwt.encode(claims, ANOTHER_KEY, "RS256", headers={"kid": "key-2"})


def unsigned(claims):
    return jwt.encode(claims, None, "none", headers={"kid": "key-1"})


def signed_with_what_everybody_knows(claims):
    """HS256 with the public key as its secret: the old confusion."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    secret = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = jwt.encode(claims, "x" * 32, "HS256", headers={"kid": "key-1"}).split(".")
    mac = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{jwt.utils.base64url_encode(mac).decode()}"


def changed_afterwards(claims):
    head, _, signature = jwt.encode(claims, KEY, "RS256", headers={"kid": "key-1"}).split(".")
    _, body, _ = jwt.encode(claims | {"sub": "somebody-else"}, KEY, "RS256", headers={"kid": "key-1"}).split(".")
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "sign", [with_other_key, with_unknown_key, unsigned, signed_with_what_everybody_knows, changed_afterwards]
)
def test_a_token_without_the_providers_signature_is_refused(client, provider, sign):
    provider.sign = sign

    assert failed(client, sign_in(client))


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"aud": None},
        {"azp": "another-client"},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"sub": None},
        {"sub": "x" * 300},
        {"nbf": int(time.time()) + 24 * 3600},
    ],
)
def test_a_token_that_is_old_or_for_somebody_else_is_refused(client, provider, claims):
    provider.claims = claims

    assert failed(client, sign_in(client))


@pytest.mark.parametrize("tokens", [{"id_token": None}, {"id_token": ""}, {"id_token": "a.b.c"}, {"id_token": 7}])
def test_an_answer_without_a_readable_token_is_refused(client, provider, tokens):
    provider.tokens = tokens

    assert failed(client, sign_in(client))


def test_userinfo_about_somebody_else_is_refused(client, provider):
    provider.told = {"sub": "440600-2", "email": "victim@firm.example"}

    assert failed(client, sign_in(client))


def test_a_token_is_taken_once(client, provider):
    tokens, real = [], provider.sign
    provider.claims = {"jti": "only-once", "nonce": None}
    provider.sign = lambda claims: tokens.append(real(claims | {"nonce": provider.asked[-1]["nonce"]})) or tokens[0]

    first, again = sign_in(client), sign_in(client)

    assert (first.status_code, again.status_code) == (302, 401)


# --- ways back that do not fit ------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["another", ""])
def test_a_way_back_with_another_state_is_refused(client, provider, change):
    address = urlsplit(set_out(client))
    code = parse_qs(address.query)["code"][0]

    assert failed(client, client.get(address.path, {"code": code, "state": change}))


def test_a_way_back_in_another_browser_is_refused(client, provider):
    from django.test import Client

    back = set_out(Client())

    assert failed(client, client.get(back))


def test_a_way_back_is_gone_once(client, provider):
    back = set_out(client)
    client.get(back)
    client.logout()

    again = client.get(back)

    assert (again.status_code, signed_in_as(client)) == (401, None)


def test_a_code_that_the_provider_does_not_know_is_refused(client, provider):
    address = urlsplit(set_out(client))
    state = parse_qs(address.query)["state"][0]

    assert failed(client, client.get(address.path, {"code": "stolen", "state": state}))


def test_whoever_cancels_there_is_told_so_here(client, provider):
    state = parse_qs(urlsplit(set_out(client)).query)["state"][0]

    page = client.get(reverse("unified_callback"), {"error": "access_denied", "state": state}, follow=True)

    assert "取消了登录，没有改动任何内容" in page.content.decode()


def test_an_error_of_the_provider_is_told_in_words_and_not_in_its_own(client, provider):
    state = parse_qs(urlsplit(set_out(client)).query)["state"][0]
    asked = {"error": "server_error", "error_description": "<b>stack trace</b>", "state": state}

    page = client.get(reverse("unified_callback"), asked)

    assert failed(client, page)
    assert "stack trace" not in page.content.decode()


@pytest.mark.parametrize("config", [{"issuer": "https://elsewhere.example"}, {"issuer": None}])
def test_a_provider_that_names_another_issuer_is_not_asked(client, provider, config):
    provider.config = config

    assert failed(client, client.post(reverse("unified_login")))
    assert provider.asked == []


def test_a_provider_that_is_away_leaves_the_other_way_in_open(client, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"unified": {"APPS": [app_of("http://127.0.0.1:1")]}}

    answer = client.post(reverse("unified_login"))

    assert failed(client, answer)
    assert reverse("account_login") in answer.content.decode()


def test_a_provider_that_goes_away_on_the_way_is_told_in_words(client, provider, settings):
    back = set_out(client)
    settings.SOCIALACCOUNT_PROVIDERS = {"unified": {"APPS": [app_of("http://127.0.0.1:1")]}}

    assert failed(client, client.get(back))


# --- whose account ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_verified", [True, False])
@pytest.mark.parametrize("roles", [(), (given.Role.SECRETARIAT,)])
def test_the_same_address_opens_nobodys_account(client, provider, is_verified, roles):
    user = account("zhang@firm.example", *roles)
    provider.person["email_verified"] = is_verified

    sign_in(client)

    assert signed_in_as(client) is None
    assert User.objects.get() == user
    assert not SocialAccount.objects.exists()
    assert user.has_usable_password()


def test_the_owner_links_an_identity_after_giving_the_password_again_and_the_trail_knows(client, provider):
    user = account("office@city.example", given.Role.SECRETARIAT)
    client.force_login(user)

    asked = sign_in(client, process="connect")
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not SocialAccount.objects.exists()
    done = client.post(asked.url, {"password": given.PASSWORD}, follow=True)

    assert SocialAccount.objects.get().user == user
    assert "已绑定统一身份认证" in done.content.decode()
    line = AuditEvent.objects.latest("seq")
    assert (line.verb, line.actor_id, line.target_id) == ("link_identity", user.pk, str(user.pk))


def test_linking_needs_somebody_signed_in(client, provider):
    sign_in(client, process="connect")

    assert not SocialAccount.objects.exists()
    assert signed_in_as(client) is None


def test_an_identity_of_somebody_else_is_not_taken_over(client, provider):
    owner, thief = account("owner@firm.example"), account("thief@firm.example")
    linked(owner)
    client.force_login(thief)

    asked = sign_in(client, process="connect")
    done = client.post(asked.url, {"password": given.PASSWORD}, follow=True)

    assert SocialAccount.objects.get().user == owner
    assert "没有绑定：这个统一身份已绑定在另一个账号上" in done.content.decode()


def test_the_owner_parts_with_an_identity_unless_nothing_would_be_left_to_sign_in_with(client, provider):
    user, page = account(), reverse("socialaccount_connections")
    identity = linked(user)
    client.force_login(user)
    user.set_unusable_password()
    user.save()

    client.force_login(user)
    refused = client.post(page, {"account": identity.pk})
    user.set_password(given.PASSWORD)
    user.save()
    client.force_login(user)
    asked = client.post(page, {"account": identity.pk})
    client.post(asked.url, {"password": given.PASSWORD}, follow=True)
    client.post(page, {"account": identity.pk})

    assert "解除绑定后将无法登录" in refused.content.decode()
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not SocialAccount.objects.exists()
    assert AuditEvent.objects.latest("seq").verb == "part_identity"


def test_a_duty_still_asks_for_its_second_factor(client, provider, settings):
    settings.OFFICE_SECOND_FACTOR = True
    user = account("office@city.example", given.Role.SECRETARIAT)
    linked(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})

    asked = sign_in(client)

    assert asked.url.startswith(reverse("mfa_authenticate"))
    assert signed_in_as(client) is None
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_duty_without_a_second_factor_gets_no_further_than_setting_it_up(client, provider, settings):
    settings.OFFICE_SECOND_FACTOR = True
    linked(account("office@city.example", given.Role.SECRETARIAT))

    sign_in(client)

    assert client.get(reverse("admin:index")).url == reverse("mfa_activate_totp")


def test_a_closed_account_stays_closed(client, provider):
    user = account()
    linked(user)
    User.objects.update(is_active=False)

    sign_in(client)

    assert signed_in_as(client) is None


def test_the_page_of_ones_identities_says_what_is_linked(client, provider):
    user = account()
    client.force_login(user)

    before = client.get(reverse("socialaccount_connections")).content.decode()
    linked(user)
    after = client.get(reverse("socialaccount_connections")).content.decode()

    assert "绑定广东省统一身份认证" in before
    assert "本账号已绑定广东省统一身份认证" in after


# --- the settings -------------------------------------------------------------------------------------


def settings_with(**environment):
    """What another process makes of such an environment: its last line."""
    env = {**os.environ, "OIDC_SERVER_URL": "https://id.example/oidc/", **environment}
    code = (
        "from foshan_quality import settings as s;"
        "print(s.SOCIALACCOUNT_PROVIDERS['unified']['APPS'][0]['settings']['server_url'],"
        " s.UNIFIED_IDENTITY_NAME, s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'][1:])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, cwd=ROOT)
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_the_environment_alone_sets_the_provider_up_and_says_what_is_missing():
    both = {"OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}
    elsewhere = {"OIDC_SIGN_IN_PAGE": "https://sign-in.example/page"}

    assert settings_with(**both) == "https://id.example/oidc 广东省统一身份认证 ['https://id.example']"
    assert settings_with(**both, **elsewhere).endswith("['https://sign-in.example']")
    assert "缺少环境变量 OIDC_CLIENT_SECRET" in settings_with(OIDC_CLIENT_ID="a")
