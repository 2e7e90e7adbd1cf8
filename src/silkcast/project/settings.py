"""Django's settings: deployment comes from the environment, the rest is the same everywhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from silkcast.domains.base.contracts import SESSION_DAYS
from silkcast.kernel.settings import load
from silkcast.project.database import database

DEPLOYMENT = load()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = DEPLOYMENT.signing_key().hex()
DEBUG = DEPLOYMENT.debug
ALLOWED_HOSTS = ["*"]  # the edge is the only way in and checks the host against SILKCAST_PUBLIC_URL

DOMAINS = (
    "base",
    "catalog",
    "inventory",
    "payments",
    "shipping",
    "studio",
    "audience",
    "orders",
    "insight",
    "shop",
    "control_room",
)
INSTALLED_APPS = [
    "silkcast.ui",  # before the back office's theme, of which it replaces some files
    # Their plainer forms: the back office asks for its tables itself, and only where its addresses are served.
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "silkcast.kernel",
    *(f"silkcast.domains.{name}" for name in DOMAINS),
]
MIDDLEWARE = [
    "silkcast.project.middleware.secure_cookies",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "silkcast.project.middleware.OwnLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "silkcast.project.identity.identity",
    "silkcast.project.middleware.content_security",
    "silkcast.project.middleware.Refusals",
]
ROOT_URLCONF = "silkcast.project.urls"
WSGI_APPLICATION = "silkcast.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database(DEPLOYMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "base.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/control/"
LOGOUT_REDIRECT_URL = "/login"
# Signed cookies: a page view never writes to the database.
# Each names a row of `base.Session`, without which it opens nothing.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(timedelta(days=SESSION_DAYS).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DEPLOYMENT.origin.startswith("https:")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [DEPLOYMENT.origin]
CSRF_FAILURE_VIEW = "silkcast.project.middleware.csrf_failed"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LOCALE_PATHS = [PACKAGE / "ui" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DEPLOYMENT.static_root
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "silkcast.ui.storage.HashedStatic"},
}
MEDIA_ROOT = DEPLOYMENT.data / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
LOGGING_CONFIG = None  # each role configures its own lines
# The back office's theme reads its colours from here: the control room's own hue, from light to dark.
PRIMARY = {
    str(weight): f"oklch({lightness}% {chroma} 205)"
    for weight, lightness, chroma in (
        (50, 98, 0.01),
        (100, 95, 0.03),
        (200, 91, 0.05),
        (300, 87, 0.08),
        (400, 82, 0.1),
        (500, 76, 0.11),
        (600, 66, 0.11),
        (700, 52, 0.09),
        (800, 44, 0.07),
        (900, 38, 0.06),
        (950, 29, 0.05),
    )
}
UNFOLD = {
    "SITE_TITLE": "Silkcast",
    "SITE_HEADER": "Silkcast 丝播",
    "SITE_URL": "/control/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "silkcast.ui.admin.mark"}],
    "SITE_ICON": "silkcast.ui.admin.mark",
    "SCRIPTS": ["silkcast.ui.admin.script"],
    "THEME": "dark",  # as the control room
    "COLORS": {"primary": PRIMARY},
    "SHOW_LANGUAGES": True,
}
