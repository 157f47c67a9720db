"""Settings of the whole project, read from the environment; README.md holds the table of every variable."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
KEY_LENGTH, KEY_VARIETY = 50, 5  # characters, and different ones: what Django's own check asks for


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


def listed(name: str, *, default: str = "", pattern: str, such_as: str) -> list[str]:
    """Read a comma-separated list; an item of another form than the pattern's is refused by name."""
    items = [item.strip() for item in (os.environ.get(name) or default).split(",") if item.strip()]
    if wrong := [item for item in items if not re.fullmatch(pattern, item)]:
        message = f"{name} must list items such as {such_as}, not {wrong[0]!r}."
        raise ImproperlyConfigured(message)
    return items


def worded(name: str, *, default: str, pattern: str, such_as: str) -> str:
    """Read a word; one of another form than the pattern's is refused by name, unquoted: it may hold a password."""
    value = os.environ.get(name, "").strip() or default
    if re.fullmatch(pattern, value):
        return value
    message = f"{name} must be written like {such_as}."
    raise ImproperlyConfigured(message)


def secret_key() -> str:
    """Read the signing key from the environment or from the file it names.

    There is no default outside ``DEBUG``: a key that stands in a public repository protects nobody's session.
    """
    name, key = "CONFLICTDB_SECRET_KEY", os.environ.get("CONFLICTDB_SECRET_KEY", "")
    if path := os.environ.get("CONFLICTDB_SECRET_KEY_FILE"):
        name = "CONFLICTDB_SECRET_KEY_FILE"
        try:
            key = Path(path).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not plain text"
            message = f"{name} names {path}, which cannot be read: {reason}."
            raise ImproperlyConfigured(message) from None
    if not key and DEBUG:
        return "only-for-development-" + "x" * 40
    if len(key) >= KEY_LENGTH and len(set(key)) >= KEY_VARIETY:
        return key
    message = (
        f"conflictdb does not start without a secret key, and {name} holds {'a weak one' if key else 'none'}. Set it to "
        f"at least {KEY_LENGTH} random characters (python3 -c 'import secrets; print(secrets.token_urlsafe(50))'), or "
        "CONFLICTDB_DEBUG=true while developing."
    )
    raise ImproperlyConfigured(message)


def database() -> dict[str, Any]:
    """Read DATABASE_URL; where it is not set, name the private cluster. No part of the address goes into a message."""
    if not (address := os.environ.get("DATABASE_URL")):
        return {"ENGINE": "conflictdb.postgresql", "NAME": "conflictdb", "DATA_FOLDER": str(DATA_DIR / "pg")}
    try:
        entry: dict[str, Any] = dict(dj_database_url.parse(address))
    except ValueError:  # its text may hold a piece of the password
        entry = {}
    if "postgresql" not in entry.get("ENGINE", "") or not entry["NAME"]:
        message = (
            "DATABASE_URL must name a database of a PostgreSQL server, as postgresql://user:password@host:5432/database, "
            "with special characters of the password percent-encoded."
        )
        raise ImproperlyConfigured(message)
    return entry


# --- what this installation is -----------------------------------------------------------------------------------------

DEBUG = flag("CONFLICTDB_DEBUG", default=False)
SECRET_KEY = secret_key()
ALLOWED_HOSTS = listed(
    "CONFLICTDB_ALLOWED_HOSTS",
    default="localhost,127.0.0.1,[::1]",
    pattern=r"\*|\.?[\w.-]+|\[[0-9a-fA-F:.]+\]",
    such_as="conflicts.example.org",
)
CSRF_TRUSTED_ORIGINS = listed(
    "CONFLICTDB_TRUSTED_ORIGINS", pattern=r"https?://[^/\s]+", such_as="https://conflicts.example.org"
)
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
    "api.sharing.SharingMiddleware",
    "api.compression.CompressionMiddleware",
    "api.caching.RevisionMiddleware",  # before whatever need not be done for an answer that the reader has
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # before what may redirect or refuse by itself
    "conflictdb.policy.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "api.busy.BusyMiddleware",
    "conflictdb.timeout.PatienceMiddleware",
    "api.sharing.PreflightMiddleware",
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

DATABASES = {"default": database()}
# A worker keeps its one connection: opening one costs more than a page.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
# Answers take milliseconds, which compiling them to machine code or starting processes to share the work would double, and
# come from memory: an index is worth it. What reads whole tables may still be shared.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options", "-c jit=off -c random_page_cost=1.1 -c parallel_setup_cost=30000"
)
# Seconds that a statement of a serving process may take; 0 for as long as it needs.
STATEMENT_TIMEOUT = whole_number("CONFLICTDB_STATEMENT_TIMEOUT", default=10)
FILES_AT_ONCE = whole_number("CONFLICTDB_FILES_AT_ONCE", default=4)  # a process, each with a thread of its own
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
# A browser keeps this for a year: whether the domains below speak HTTPS too is not ours to promise. The proxy may.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
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
FORMAT_MODULE_PATH = "conflictdb.formats"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
# WhiteNoise reads the files where the apps keep them: no collectstatic step, nothing written at the start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3_600

REDIS_URL = worded("CONFLICTDB_REDIS_URL", default="", pattern=r"|(rediss?|unix)://\S+", such_as="redis://host:6379/0")
if REDIS_URL and not find_spec("redis"):
    message = "CONFLICTDB_REDIS_URL needs the package redis: .venv/bin/pip install redis."
    raise ImproperlyConfigured(message)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

LOG_LEVEL = worded(
    "CONFLICTDB_LOG_LEVEL", default="INFO", pattern="DEBUG|INFO|WARNING|ERROR|CRITICAL", such_as="INFO or WARNING"
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Django attaches handlers of its own to "django"; one line an event is enough.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Anybody can send a Host header that is not ours; the 400 says enough.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}

# Bytes of answers that a server process keeps, to give them again while the dataset is the same.
KEPT_ANSWERS = whole_number("CONFLICTDB_KEPT_ANSWERS", default=16) * 1_000_000
THROTTLE = worded(
    "CONFLICTDB_THROTTLE",
    default="600/min",
    pattern=r"[1-9]\d*/(second|sec|s|minute|min|m|hour|h|day|d)",
    such_as="600/min",
)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["api.rendering.RecordRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["api.filters.base.RecordFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.paging.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.WindowThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": THROTTLE},
    "NUM_PROXIES": whole_number("CONFLICTDB_PROXIES", default=0),
    "DEFAULT_SCHEMA_CLASS": "api.schema.RecordSchema",
    "EXCEPTION_HANDLER": "api.errors.problem_handler",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",  # one length for all, as PostgreSQL writes them for the API
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
    "SERVERS": [{"url": "/", "description": "This server."}],
    "TAGS": [
        {"name": "incidents", "description": "What happened, and the figures that the claims about it amount to."},
        {"name": "claims", "description": "Who said what, in which source, in which words."},
        {"name": "disagreements", "description": "Which claims cannot both be true, and who disagrees with whom."},
        {"name": "actors", "description": "Whoever acts, is acted upon, claims or publishes."},
        {"name": "sources", "description": "The documents that claims were read in."},
        {"name": "conflicts", "description": "Conflicts and their dyads."},
        {"name": "datasets", "description": "Where records come from, and under what terms."},
        {"name": "countries", "description": "States and territories."},
        {"name": "aggregates", "description": "Incidents counted, and their figures added up."},
        {"name": "vocabularies", "description": "Every closed list, as data."},
        {"name": "search", "description": "All kinds of record at once."},
        {"name": "changes", "description": "What was stored or changed since when, for mirrors."},
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
            *("ActorKind", "AliasKind", "ClaimKind", "ConflictKind", "DisagreementKind", "IncidentKind"),
            *("RelationKind", "SourceKind", "ClaimStatus", "IncidentStatus"),
        )
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.describe_lens",
        "api.schema.describe_problems",
        "api.schema.show_examples",
    ],
}
