"""A small OpenID provider on loopback: real HTTP, tokens really signed with a key made here, and ways to misbehave."""

import base64
import hashlib
import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse

CLIENT, SECRET = "quality-portal", "not-for-the-browser"


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY, ANOTHER_KEY = new_key(), new_key()


class OpenIDProvider(ThreadingHTTPServer):
    """Vouches for `person`. `claims` are laid over the id_token's, None leaves one out; `sign` makes the token."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.person = {"sub": "440600-1", "name": "张三", "email": "zhang@firm.example", "email_verified": True}
        self.claims, self.told, self.config, self.tokens = {}, {}, {}, {}
        self.asked, self.codes = [], {}
        self.sign = lambda claims: jwt.encode(claims, KEY, "RS256", headers={"kid": "key-1"})

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def description(self):
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo",
        }
        return {"issuer": self.url} | {key: f"{self.url}/{place}" for key, place in places.items()} | self.config

    def keys(self):
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [key | {"kid": "key-1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked):
        """The person signs in here and is sent back with a code."""
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form):
        """One token for one code, to whoever has the secret and the verifier of the code's challenge."""
        asked = self.codes.pop(form.get("code"), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_known = form.get("client_id") == CLIENT and form.get("client_secret") == SECRET
        if not asked or not is_known or asked.get("code_challenge") != challenge:
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce")}
        claims = claims | self.person | self.claims
        id_token = self.sign({key: value for key, value in claims.items() if value is not None})
        return {"access_token": "of-no-use", "token_type": "Bearer", "id_token": id_token} | self.tokens


class Answer(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        address, provider = urlsplit(self.path), self.server
        asked = {key: values[0] for key, values in parse_qs(address.query).items()}
        if address.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.authorize(asked))
            self.end_headers()
            return
        answers = {
            "/.well-known/openid-configuration": provider.description,
            "/keys": provider.keys,
            "/userinfo": lambda: provider.person | provider.told,
        }
        self.say(answers[address.path]())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = self.server.token({key: values[0] for key, values in parse_qs(body).items()})
        self.say(answer, 400 if "error" in answer else 200)

    def say(self, answer, status=200):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def openid_provider():
    """The provider, running until the block ends."""
    with OpenIDProvider() as provider:
        Thread(target=provider.serve_forever, daemon=True).start()
        try:
            yield provider
        finally:
            provider.shutdown()


def app_of(url):
    """What the settings say about a provider at this address."""
    settings = {"server_url": url, "oauth_pkce_enabled": True}
    return {"provider_id": "unified", "name": "广东省统一身份认证", "client_id": CLIENT, "secret": SECRET} | {
        "settings": settings
    }


def set_out(client, **form):
    """Press the button of the sign-in page and follow it to the provider; gives the way back."""
    sent = client.post(reverse("unified_login", query=form or None))
    assert sent.status_code == 302, sent.content.decode()
    back = requests.get(sent.url, allow_redirects=False, timeout=5).headers["Location"]
    return back.removeprefix("http://testserver")


def sign_in(client, **form):
    """All the way there and back."""
    return client.get(set_out(client, **form))
