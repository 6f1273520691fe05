"""Django's settings, from the environment. Every default is safe.

``TENURE_HOME``      where the embedded database and the keys lie (default: ``var`` here)
``TENURE_DATABASE_URL``  a PostgreSQL, ``postgresql://user:password@host:port/name`` (default:
                     the embedded database); what else libpq knows follows as ``?name=value``
``TENURE_DEMO``      ``1``: demo mode, on loopback only; every account is a test account
``TENURE_HOSTS``     names under which the pages answer, by commas (default: loopback)
``TENURE_URL``       the address that links in mails begin with
``TENURE_SMTP``      the relay, ``smtp://user:password@host:port`` (``smtps:``, ``?starttls=1``)
``TENURE_FROM``      the sender of mails
"""

import os
from email.utils import parseaddr
from pathlib import Path

from tenure.store import databases, keys

HOME = Path(os.environ.get("TENURE_HOME", "var")).absolute()
KEYS = keys.load(HOME) or keys.new()
SECRET_KEY = KEYS.session

DEMO = os.environ.get("TENURE_DEMO") == "1"
DEBUG = False
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [host for host in os.environ.get("TENURE_HOSTS", "").split(",") if host] or LOOPBACK
PUBLIC_URL = os.environ.get("TENURE_URL", "http://localhost:8000").rstrip("/")
RELAY = os.environ.get("TENURE_SMTP", "")
MAIL_FROM = os.environ.get("TENURE_FROM", "Tenure <tenure@localhost>")
MAIL_DOMAIN = parseaddr(MAIL_FROM)[1].rpartition("@")[2] or "localhost"

DATABASES = {"default": databases.settings(HOME, os.environ.get("TENURE_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "tenure.store",
    "tenure.portal",
]
AUTH_USER_MODEL = "store.Person"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tenure.portal.shared.doors.LoopbackOnly",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
            ],
        },
    }
]
# Results of actions wait in a signed cookie for the next page: there are no sessions yet.
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
CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["err"], "level": os.environ.get("TENURE_LOG", "INFO")},
    "loggers": {"django": {"handlers": ["err"], "level": "WARNING", "propagate": False}},
}
