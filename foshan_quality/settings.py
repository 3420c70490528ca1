"""One settings file. Everything that differs between machines comes from the environment.

PORTAL=local is for a desk or a test run; anything else is production, where every value in
`REQUIRED` must be given and the start is refused with a sentence that says what to do.
"""

from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
env = environ.Env()

LOCAL = env.str("PORTAL", "production") == "local"


def required(name, local_default=None):
    """Read one setting that production may not go without."""
    value = env.str(name, "")
    if value:
        return value
    if LOCAL and local_default is not None:
        return local_default
    raise ImproperlyConfigured(f"缺少环境变量 {name}，请设置后再启动；含义见 README「配置」。")


SECRET_KEY = required("SECRET_KEY", "only-for-a-desk-never-for-a-public-machine-0123456789")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = LOCAL and env.bool("DEBUG", False)
ALLOWED_HOSTS = required("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
SITE_URL = required("SITE_URL", f"http://127.0.0.1:{env.str('PORT', '8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "foshan_quality.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "bootstrap",
    "crispy_forms",
    "crispy_bootstrap5",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "enterprises.people.unified",
    "enterprises",
    "awards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "foshan_quality.open_pages.middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "foshan_quality.second_factor.middleware",
    "foshan_quality.refusals.middleware",
]

ROOT_URLCONF = "foshan_quality.urls"
WSGI_APPLICATION = "foshan_quality.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "foshan_quality.context.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- data -----------------------------------------------------------------------------------------
required("DATABASE_URL")
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "foshan_quality.lib.postgresql",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c lock_timeout=5s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
    " -c plan_cache_mode=force_generic_plan"  # what foshan_quality/lib/ready.py asks is planned once, not five times
)
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = required("REDIS_URL")
# Rate limits and small caches live in PostgreSQL, so that losing Redis stops no sign-in and no submission.
CACHES = {
    "default": {
        "BACKEND": "foshan_quality.lib.counters.Cache",
        "LOCATION": "portal_cache",
    }
}

MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))  # never served by URL
TREASURY_ROOT = Path(env.str("TREASURY_ROOT", str(BASE_DIR / "var" / "treasury")))
TREASURY_LAYOUT = env.str("TREASURY_LAYOUT", "csv")  # or xml; what the office proposes for a batch
TREASURY_ENCODING = env.str("TREASURY_ENCODING", "utf-8")  # or gbk
TREASURY_BATCH_NUMBER = env.str("TREASURY_BATCH_NUMBER", "{year}-{serial:04}")
if TREASURY_LAYOUT not in {"csv", "xml"} or TREASURY_ENCODING not in {"utf-8", "gbk"}:
    raise ImproperlyConfigured(
        "TREASURY_LAYOUT 须为 csv 或 xml，TREASURY_ENCODING 须为 utf-8 或 gbk；见 README「配置」。"
    )
REGISTER_FILE = env.str("REGISTER_FILE", str(BASE_DIR / "var" / "register") if LOCAL else "")
SIGNING_KEY_FILE = required("SIGNING_KEY_FILE", "")  # PKCS#12; without one, a desk makes a throw-away key
SIGNING_KEY_PASSWORD = env.str("SIGNING_KEY_PASSWORD", "")
# Bank account numbers are encrypted under the first of these Fernet keys; a desk without one derives it.
ACCOUNT_KEYS = [key for key in required("ACCOUNT_KEYS", ",").split(",") if key]
ACCOUNT_LOOK_DAYS = env.int("ACCOUNT_LOOK_DAYS", 7)  # an account younger than this wants a third person's look
# No money is released when the books were last compared longer ago than this; 0 asks nothing. A missed night stops
# releases from eight in the morning; a desk has no nights.
RECONCILE_MAX_AGE_HOURS = env.int("RECONCILE_MAX_AGE_HOURS", 0 if LOCAL else 30)
SEAL_SERVICE = env.str("SEAL_SERVICE", "awards.certificates.signing")  # what sealing.SealService asks, by module name
VERIFICATION_LIST = Path(env.str("VERIFICATION_LIST", str(BASE_DIR / "var" / "verification" / "list.json")))
STATIC_URL = "static/"
STATIC_ROOT = None if LOCAL else BASE_DIR / "var" / "static"  # a desk serves them from where they lie
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = LOCAL
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 20 * 1024 * 1024)
UPLOAD_MAX_PAGES = env.int("UPLOAD_MAX_PAGES", 2000)
CLAMD_SOCKET = env.str("CLAMD_SOCKET", "")  # path or host:port of a virus scanner

# --- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "enterprises.User"
AUTHENTICATION_BACKENDS = ["foshan_quality.backend.RoleBackend"]
PASSWORD_HASHERS = ["enterprises.people.hashers.TunedArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "enterprises.people.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "enterprises.people.passwords.UnlikeOneself", "OPTIONS": {"user_attributes": ("name", "email")}},
    {"NAME": "enterprises.people.passwords.Uncommon"},
    {"NAME": "enterprises.people.passwords.NotOnlyDigits"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "enterprises.people.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.str("EMAIL_VERIFICATION", "optional" if LOCAL else "mandatory")
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "enterprises.people.adapter.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "【佛山市政府质量奖】"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
SOCIALACCOUNT_ADAPTER = "enterprises.people.adapter.IdentityAdapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # an identity is linked or parted only after the password
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # the same mail address opens nobody's account
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_ADAPTER = "enterprises.people.adapter.SecondFactorAdapter"
MFA_TOTP_ISSUER = "佛山市政府质量奖"
INVITATION_DAYS = env.int("INVITATION_DAYS", 7)  # how long the link of an invitation may be used
OFFICE_SECOND_FACTOR = env.bool("OFFICE_SECOND_FACTOR", not LOCAL)
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "").rstrip("/")  # the issuer; unset, there is no such sign-in
UNIFIED_IDENTITY_NAME = env.str("OIDC_NAME", "广东省统一身份认证") if OIDC_SERVER_URL else ""
SOCIALACCOUNT_PROVIDERS = {}
if OIDC_SERVER_URL:
    if not LOCAL and not OIDC_SERVER_URL.startswith("https://"):
        raise ImproperlyConfigured("OIDC_SERVER_URL 须以 https:// 开头，见 README「配置」。")
    SOCIALACCOUNT_PROVIDERS["unified"] = {
        "APPS": [
            {
                "provider_id": "unified",
                "name": UNIFIED_IDENTITY_NAME,
                "client_id": required("OIDC_CLIENT_ID"),
                "secret": required("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
            }
        ]
    }
# Browsers hold the answer to a form to `form-action` too: where the sign-in button leads must be named there.
OIDC_SIGN_IN_PAGE = env.str("OIDC_SIGN_IN_PAGE", OIDC_SERVER_URL)
SIGN_IN_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SIGN_IN_PAGE))] if OIDC_SERVER_URL else []
SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())  # one working day
SESSION_COOKIE_HTTPONLY = True
SESSION_ENGINE = "foshan_quality.lib.sessions"

# --- words, days, money ---------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]  # the source language; an English catalogue would be added here
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
DATE_FORMAT = "Y年n月j日"

# --- jobs -----------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True  # so every task must be repeatable
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 100, 120
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,  # longer than the time limit; Redis waits an hour
    "max_retries": 0,  # with Redis away a page gives up at once; each of its jobs would wait six seconds
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # the sweep sends again what Redis missed; a page never waits for it
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "sweep-letters": {"task": "awards.letters.tasks.sweep", "schedule": 60},
    "sweep-ranking-papers": {"task": "awards.decisions.tasks.sweep", "schedule": 60},
    "sweep-certificates": {"task": "awards.certificates.tasks.sweep", "schedule": 60},
    "publish-verification-list": {"task": "awards.certificates.tasks.publish_list", "schedule": 300},
    "sweep-invitations": {"task": "enterprises.memberships.tasks.sweep", "schedule": 60},
    "sweep-limits": {"task": "enterprises.people.tasks.sweep_limits", "schedule": 600},
    "sweep-mail-copies": {"task": "enterprises.notifications.tasks.send_copies", "schedule": 60},
    "sweep-panel-proposals": {"task": "awards.panels.tasks.sweep", "schedule": 60},
    "find-conflicts": {"task": "awards.panels.tasks.find_conflicts", "schedule": 300},
    "find-visit-conflicts": {"task": "awards.site_visits.tasks.find_conflicts", "schedule": 300},
    "send-reminders": {"task": "awards.reminders.tasks.remind", "schedule": 300},
    "sweep-disbursements": {"task": "awards.subsidies.tasks.sweep", "schedule": 60},
    "import-treasury-results": {"task": "awards.subsidies.tasks.import_results", "schedule": 60},
    "release-notices": {"task": "awards.publicity.tasks.sweep", "schedule": 30},
    "sweep-printouts": {"task": "awards.applications.tasks.sweep", "schedule": 60},
    "sweep-reading-copies": {"task": "awards.reviews.tasks.sweep", "schedule": 120},
    "sweep-pages": {"task": "enterprises.files.tasks.sweep_pages", "schedule": 120},
    "recheck-credit": {"task": "awards.standing.tasks.recheck", "schedule": crontab(hour=1, minute=30)},
    "reconcile": {"task": "awards.subsidies.tasks.reconcile_nightly", "schedule": crontab(hour=2, minute=0)},
    "verify-audit": {"task": "enterprises.audit.tasks.verify_nightly", "schedule": crontab(hour=2, minute=30)},
    "clear-given-up": {"task": "enterprises.files.tasks.clear_given_up", "schedule": crontab(hour=3, minute=45)},
    "verify-files": {"task": "enterprises.files.tasks.verify_files", "schedule": crontab(hour=3, minute=0)},
}

# --- mail -----------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://" if LOCAL else "smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "noreply@localhost")
_quiet = env.str("MAIL_QUIET_HOURS", "" if LOCAL else "21:00-08:00")
try:
    MAIL_QUIET_HOURS = tuple(time.fromisoformat(hour) for hour in _quiet.split("-", 1)) if _quiet else None
except ValueError:
    raise ImproperlyConfigured("MAIL_QUIET_HOURS 须写成 21:00-08:00，或留空不设；见 README「配置」。") from None
EMAIL_TIMEOUT = 20  # seconds; a mail server that does not answer must not hold a worker

# --- headers --------------------------------------------------------------------------------------
HTTPS = not LOCAL
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "foshan_quality.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 1)  # whose X-Forwarded-For tells the visitor's address
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *SIGN_IN_ORIGINS],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING" if LOCAL else "INFO")},
    "loggers": {"pikepdf": {"level": "WARNING"}, "fontTools": {"level": "ERROR"}, "weasyprint": {"level": "ERROR"}},
}

# --- the office that runs the award; shown in header, footer and papers ---------------------------
PORTAL_NAME = "佛山市政府质量奖"
DEPARTMENT_NAME = env.str("DEPARTMENT_NAME", "佛山市市场监督管理局")
AGENCY_CODE = env.str("AGENCY_CODE", "（机关代字待填）")  # 发文机关代字; begins the numbers of letters
ISSUER_NAME = env.str("ISSUER_NAME", "佛山市人民政府")
HOTLINE = env.str("HOTLINE", "待填")
RECORD_NUMBERS = env.str("RECORD_NUMBERS", "网站标识码、ICP备案号、公安备案号：待填")
DEMO = env.bool("DEMO", LOCAL)  # shows 演示环境 on every page
