"""Django's settings, from the environment. Every default is safe.

``TENURE_HOME``      where the embedded database and the keys lie (default: ``var`` here)
``TENURE_DATABASE_URL``  a PostgreSQL, ``postgresql://user:password@host:port/name`` (default:
                     the embedded database); what else libpq knows follows as ``?name=value``
``TENURE_DEMO``      ``1``: demo mode, on loopback only; every account is a test account
``TENURE_HOSTS``     names under which the pages answer, by commas (default: loopback)
``TENURE_URL``       the address that links in mails begin with
``TENURE_SMTP``      the relay, ``smtp://user:password@host:port`` (``smtps:``, ``?starttls=1``;
                     with ``timeout=20`` the seconds that it may take for one answer, 30 by default)
``TENURE_SHOP_URL``  the vendor's shop, ``https://`` only (default: none)
``TENURE_FROM``      the sender of mails
``TENURE_OIDC``      the file that names providers of OpenID Connect (default: ``oidc.toml`` in
                     ``TENURE_HOME``, where there is one); see ``tenure.store.providers``
``TENURE_OPERATOR_TWO_FACTORS``  ``1``: operators sign in with two factors
``TENURE_OPERATOR_IDLE_MINUTES``, ``TENURE_OPERATOR_SESSION_HOURS``  so long may the session of an
                     operator rest (60), and last (12), before it is asked again who is there
``TENURE_PROXIES``   how many proxies stand before the pages and write ``X-Forwarded-For`` (0)
"""

import os
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from tenure.store import databases, keys, providers

HOME = Path(os.environ.get("TENURE_HOME", "var")).absolute()
KEYS = keys.load(HOME) or keys.new()
SECRET_KEY = KEYS.session

DEMO = os.environ.get("TENURE_DEMO") == "1"
DEBUG = False
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [host for host in os.environ.get("TENURE_HOSTS", "").split(",") if host] or LOOPBACK
if DEMO:
    ALLOWED_HOSTS = LOOPBACK
PUBLIC_URL = os.environ.get("TENURE_URL", "http://localhost:8000").rstrip("/")
RELAY = os.environ.get("TENURE_SMTP", "")
SHOP_URL = os.environ.get("TENURE_SHOP_URL", "")
if SHOP_URL and not SHOP_URL.startswith("https://"):
    raise ImproperlyConfigured("TENURE_SHOP_URL must begin with https://")
MAIL_FROM = os.environ.get("TENURE_FROM", "Tenure <tenure@localhost>")
MAIL_DOMAIN = parseaddr(MAIL_FROM)[1].rpartition("@")[2] or "localhost"

DATABASES = {"default": databases.settings(HOME, os.environ.get("TENURE_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "tenure.store",
    "tenure.portal",  # before allauth: its pages wear our templates
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "tenure.portal.identity.openid",  # in place of the library's own
]
AUTH_USER_MODEL = "store.Person"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tenure.api.doors.Programs",  # they bring a token, and neither session nor language
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenure.portal.identity.sessions.Seen",
    "allauth.account.middleware.AccountMiddleware",
    "tenure.portal.shared.addresses.AccountFromAddress",
    "tenure.portal.shared.doors.Doors",
]
ROOT_URLCONF = "tenure.urls"
WSGI_APPLICATION = "tenure.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "tenure.portal.shared.whereabouts.context",
            ],
        },
    }
]
# Results of actions wait in a signed cookie for the next page, whoever is signed in.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_FAILURE_VIEW = "tenure.portal.shared.errors.csrf_failure"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
# Cookies leave by TLS alone, save on this very machine, where there is none.
IS_HTTPS = PUBLIC_URL.startswith("https://")
CSRF_COOKIE_SECURE = IS_HTTPS or urlsplit(PUBLIC_URL).hostname not in LOOPBACK
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE
# Behind a proxy that ends TLS, forms come from this address and to another one.
CSRF_TRUSTED_ORIGINS = [f"{urlsplit(PUBLIC_URL).scheme}://{urlsplit(PUBLIC_URL).netloc}"]
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 86_400 if IS_HTTPS else 0
PROXIES = int(os.environ.get("TENURE_PROXIES", "0"))
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Signing in: see docs/decisions/0007-sign-in.md.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if DEMO:
    PASSWORD_HASHERS = ["tenure.portal.identity.hashers.DemoPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 86_400
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
ACCOUNT_ADAPTER = "tenure.portal.identity.adapters.AccountAdapter"
ACCOUNT_FORMS = {"signup": "tenure.portal.identity.forms.SignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and no other
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
MFA_ADAPTER = "tenure.portal.identity.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Nobody is in before an address is confirmed; and whoever has a second factor may change theirs.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Tenure"
MFA_TOTP_TOLERANCE = 1
# A browser allows passkeys without TLS on localhost alone; so do we.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
OIDC_FILE = Path(os.environ.get("TENURE_OIDC") or HOME / providers.FILE)
IDENTITY_PROVIDERS = providers.load(OIDC_FILE, required=bool(os.environ.get("TENURE_OIDC")))
SOCIALACCOUNT_ADAPTER = "tenure.portal.identity.openid.adapter.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {"disconnect": "tenure.portal.identity.forms.UnlinkForm"}
USERSESSIONS_TRACK_ACTIVITY = False  # ``identity.sessions.Seen`` does it, once a minute

# Accounts have such rules of their own; see ``tenure.portal.shared.limits``.
OPERATOR_TWO_FACTORS = os.environ.get("TENURE_OPERATOR_TWO_FACTORS") == "1"
OPERATOR_IDLE_MINUTES = int(os.environ.get("TENURE_OPERATOR_IDLE_MINUTES", "60"))
OPERATOR_SESSION_HOURS = int(os.environ.get("TENURE_OPERATOR_SESSION_HOURS", "12"))

# What limits the tries to sign in is counted by all processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "store_shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"secrets": {"()": "tenure.portal.identity.logs.WithoutSecrets"}},
    "handlers": {
        "err": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["secrets"]}
    },
    "root": {"handlers": ["err"], "level": os.environ.get("TENURE_LOG", "INFO")},
    "loggers": {"django": {"handlers": ["err"], "level": "WARNING", "propagate": False}},
}
