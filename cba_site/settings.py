"""Settings: each has a default for the one-command start and an environment name for growth."""

import os
from pathlib import Path

from csp.constants import SELF
from environ import Env

from cba_site.background import QUEUES, ROUTES, SCHEDULE
from cba_site.local.home import cba_home, secret
from cba_site.local.postgres import Postgres
from cba_site.logs import configure_structlog

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
CBA_HOME = cba_home()

SECRET_KEY = env("SECRET_KEY", default="") or secret("django")
# Personal data are encrypted under this key; whoever loses it loses the names.
DATA_KEY = env("DATA_KEY", default="") or secret("data")
# Marks erased people on a list of their own; a change of the other keys leaves it as it is.
ERASURE_KEY = env("ERASURE_KEY", default="") or secret("erasures")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Links in messages and on the terminal begin with it.
SITE_URL = env("SITE_URL", default=f"http://localhost:{env('PORT', default='8000')}")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Names this running installation to its supervisor (a header of /readyz).
CBA_INSTANCE = env("CBA_INSTANCE", default="")
# Tests stop a run at this step, or at this point of it ("point:rows"), to kill its worker there.
HOLD_AT = env("CBA_HOLD_AT", default="")

APPS = [
    "core",
    "accounts",
    "runs",
    "customers",
    "transactions",
    "ingestion",
    "features",
    "segmentation",
    "predictions",
    "recommendations",
    "campaigns",
    "pipelines",
    "personas",
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_cotton",
    "django_celery_beat",
    "django_structlog",
    "pgtrigger",
    "pghistory",
    "csp",
    *APPS,
    "cba_site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.OneMoment",
    "core.middleware.ApiErrors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.AuditRefusals",
    "accounts.middleware.SeenSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorForAdmins",
    "core.middleware.RefusalPages",
]

ROOT_URLCONF = "cba_site.urls"
WSGI_APPLICATION = "cba_site.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
# E-mail is unique by its lower case: a constraint, which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "personas.context.surroundings",
                "personas.context.demo_logins",
            ],
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", default="postgres://localhost/cba")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default="") or CBA_HOME / "static")
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# Uploads are streamed to disk; the limit is the proxy's or this one.
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=2 * 1024**3)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# Sources read files below these folders alone, and call these internal hosts beside public ones.
SOURCE_FOLDERS = [
    Path(folder) for folder in env.list("SOURCE_FOLDERS", default=[str(CBA_HOME / "incoming")])
]
SOURCE_HOSTS = env.list("SOURCE_HOSTS", default=[])

# Celery carries run ids only; a Run's heartbeat and the reaper bring killed work back, so the
# broker's own re-delivery stays far away.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_QUEUES, CELERY_TASK_ROUTES = QUEUES, ROUTES
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE
# Nightly work by the organisation's clock; 0 days: never.
NIGHTLY_HOUR = env.int("NIGHTLY_HOUR", default=3)
RETRAIN_EVERY_DAYS = env.int("RETRAIN_EVERY_DAYS", default=7)
UNDO_DAYS = env.int("UNDO_DAYS", default=0)

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "accounts.adapter.InviteOnly"
MFA_ADAPTER = "accounts.adapter.SecondFactor"
# A clock that is half a minute off still signs in.
MFA_TOTP_TOLERANCE = 1
# Whoever manages people then sets up a second factor before all else; not in the demo.
ADMINS_NEED_SECOND_FACTOR = env.bool("ADMINS_NEED_SECOND_FACTOR", default=False)
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_SESSION_REMEMBER = True
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# A mail server by its address (smtp+tls://user:password@host:587) or part by part; without one
# messages are written to files, and nothing leaves.
EMAIL_URL = Env.email_url_config(env("EMAIL_URL", default="") or "consolemail://")
EMAIL_HOST = env("EMAIL_HOST", default=EMAIL_URL["EMAIL_HOST"] or "")
EMAIL_PORT = env.int("EMAIL_PORT", default=EMAIL_URL["EMAIL_PORT"] or 25)
EMAIL_HOST_USER = env("EMAIL_HOST_USER", default=EMAIL_URL["EMAIL_HOST_USER"] or "")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", default=EMAIL_URL["EMAIL_HOST_PASSWORD"] or "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=EMAIL_URL.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=EMAIL_URL.get("EMAIL_USE_SSL", False))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
# A refused message is tried again after this, then twice as long, six times in all.
EMAIL_RETRY_SECONDS = env.int("EMAIL_RETRY_SECONDS", default=60)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="shop@localhost")
EMAIL_BACKEND = env("EMAIL_BACKEND", default="") or (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "campaigns.outbox.FileBackend"
)
EMAIL_FILE_PATH = CBA_HOME / "outbox"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = env.bool("HTTPS", default=False)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "accounts.held.form_too_old"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PARSER_CLASSES": [
        "core.api.Json",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.CapabilityPermission"],
    "DEFAULT_PAGINATION_CLASS": "core.api.Pages",
    "EXCEPTION_HANDLER": "core.api.answer_error",
    # ?format=csv is the product's own word for a download.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Customer Behaviour Analysis",
    "DESCRIPTION": "What the pages show, for programs. Keys: Authorization: Bearer KEY.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {"SlotKindEnum": "campaigns.slot_models.Kind"},
}

# A command answers in one line; what went wrong inside stands in its log.
LOG_FILE = env("LOG_FILE", default="")
# Where the processes of this installation write theirs, its own Postgres included.
LOG_FOLDERS = [CBA_HOME / "logs", Postgres(CBA_HOME).folder]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "log": (
            {"class": "logging.FileHandler", "filename": LOG_FILE, "formatter": "plain"}
            if LOG_FILE
            else {"class": "logging.StreamHandler", "formatter": "plain"}
        )
    },
    "root": {"handlers": ["log"], "level": env("LOG_LEVEL", default="INFO")},
}

configure_structlog()

# A command that trains in its own process has the worker's manners: no spinning, one BLAS thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
