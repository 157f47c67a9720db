"""Settings of the whole project, read from the environment; README.md holds the table of every variable."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, *, default: bool) -> bool:
    """Read a yes-or-no variable; anything but true/false (or 1/0, yes/no, on/off) is refused by name."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return value in {"1", "true", "yes", "on"} if value else default
    message = f"{name} must be true or false, not {value!r}."
    raise ImproperlyConfigured(message)


def whole_number(name: str, *, default: int) -> int:
    """Read a whole number from zero up; anything else is refused by name."""
    value = os.environ.get(name, "").strip() or str(default)
    if value.isascii() and value.isdigit():
        return int(value)
    message = f"{name} must be a whole number, not {value!r}."
    raise ImproperlyConfigured(message)


def listed(name: str, *, default: str = "") -> list[str]:
    """Read a comma-separated list."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def secret_key() -> str:
    """Read the signing key from the environment or from the file it names.

    There is no default outside ``DEBUG``: a key that stands in a public repository protects nobody's session.
    """
    if path := os.environ.get("CONFLICTDB_SECRET_KEY_FILE"):
        return Path(path).read_text(encoding="ascii").strip()
    if key := os.environ.get("CONFLICTDB_SECRET_KEY"):
        return key
    if DEBUG:
        return "only-for-development-" + "x" * 40
    message = (
        "conflictdb does not start without a secret key. Set CONFLICTDB_SECRET_KEY (or CONFLICTDB_SECRET_KEY_FILE) to at "
        "least 50 random characters, or CONFLICTDB_DEBUG=true while developing."
    )
    raise ImproperlyConfigured(message)


# --- what this installation is -----------------------------------------------------------------------------------------

DEBUG = flag("CONFLICTDB_DEBUG", default=False)
SECRET_KEY = secret_key()
ALLOWED_HOSTS = listed("CONFLICTDB_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = listed("CONFLICTDB_TRUSTED_ORIGINS")
DATA_DIR = Path(os.environ.get("CONFLICTDB_DATA_DIR") or BASE_DIR / "var").absolute()

INSTALLED_APPS = [
    "conflictdb.apps.ConflictdbConfig",
    "api.apps.ApiConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "conflictdb.urls"
WSGI_APPLICATION = "conflictdb.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- the database: DATABASE_URL's server, or the private cluster under DATA_DIR ----------------------------------------

if address := os.environ.get("DATABASE_URL"):
    DATABASES: dict[str, Any] = {"default": dict(dj_database_url.parse(address))}
else:
    DATABASES = {
        "default": {"ENGINE": "conflictdb.postgresql", "NAME": "conflictdb", "DATA_FOLDER": str(DATA_DIR / "pg")}
    }
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    message = "DATABASE_URL must name a PostgreSQL server (postgresql://…): the dataset's rules live in its triggers."
    raise ImproperlyConfigured(message)
# A worker keeps its one connection: opening one costs more than a page.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# --- who may do what ---------------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"

# One switch for everything that needs TLS in front: a plain-HTTP demo on loopback must still be able to log in.
HTTPS = flag("CONFLICTDB_HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
# The changelist of a large dataset posts one field a row when rows are selected.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# --- how it is served --------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
# WhiteNoise reads the files where the apps keep them: no collectstatic step, nothing written at the start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3_600

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if not os.environ.get("CONFLICTDB_REDIS_URL")
    else {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["CONFLICTDB_REDIS_URL"],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("CONFLICTDB_LOG_LEVEL", "INFO")},
    # Django attaches handlers of its own to "django"; one line an event is enough.
    "loggers": {"django": {"handlers": [], "propagate": True}},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["api.filters.base.RecordFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.paging.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": os.environ.get("CONFLICTDB_THROTTLE", "600/min")},
    "NUM_PROXIES": whole_number("CONFLICTDB_PROXIES", default=0),
    "DEFAULT_SCHEMA_CLASS": "api.schema.RecordSchema",
    "EXCEPTION_HANDLER": "api.errors.problem_handler",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "conflictdb",
    "DESCRIPTION": (
        "Structured armed-conflict data in which every figure is a claim: something an actor asserted, reported in a source, "
        "traceable to the words it was read from. Incidents carry no number of their own; their figures are computed from "
        "the standing claims about them.\n\n"
        "Reading needs no key. Lists come in pages: follow `next`, never build an address by hand. A parameter that is "
        "unknown or malformed is refused with a 400 that names it and the nearest valid names; every error is an RFC 9457 "
        "problem document. Null means not known or not given, never zero; empty text means the same for words. Days are ISO "
        "8601 dates, instants are UTC, coordinates are WGS 84 degrees, tolls count people."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
    "TAGS": [
        {"name": "incidents", "description": "What happened, and the figures that the claims about it amount to."},
        {"name": "claims", "description": "Who said what, in which source, in which words."},
        {"name": "actors", "description": "Whoever acts, is acted upon, claims or publishes."},
        {"name": "sources", "description": "The documents that claims were read in."},
        {"name": "conflicts", "description": "Conflicts and their dyads."},
        {"name": "datasets", "description": "Where records come from, and under what terms."},
        {"name": "countries", "description": "States and territories."},
        {"name": "vocabularies", "description": "Every closed list, as data."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayRequestDuration": True, "tryItOutEnabled": True},
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "ENUM_NAME_OVERRIDES": {
        name: f"conflictdb.vocabularies.{name}"
        for name in (
            *("ActorKind", "AliasKind", "ClaimKind", "ConflictKind", "IncidentKind", "RelationKind", "SourceKind"),
            *("ClaimStatus", "IncidentStatus"),
        )
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.describe_problems",
        "api.schema.show_examples",
    ],
}
