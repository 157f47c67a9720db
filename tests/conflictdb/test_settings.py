"""The settings as an operator gives them: by the environment, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
KEY = "xQ2v-7sTn4Lw9bKfYd3HgUe6RjZp1MaCk8NrViWt5oXEqPzSuB"
PRODUCTION = {
    "CONFLICTDB_SECRET_KEY": KEY,
    "CONFLICTDB_ALLOWED_HOSTS": "conflicts.example.org",
    "CONFLICTDB_HTTPS": "true",
    "DATABASE_URL": "postgresql://conflictdb:hidden@db.example.org/conflictdb",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` in an environment that holds nothing of the tests' own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def ask(expression: str, **environment: str) -> str:
    """Return what an expression over the settings says."""
    done = manage(
        "shell", "--no-imports", "-c", f"from django.conf import settings as s; print({expression})", **environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_deployment_check_has_nothing_to_say_about_the_documented_environment() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "WARNINGS" not in done.stderr


def test_deployment_check_does_warn_without_https() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION | {"CONFLICTDB_HTTPS": "false"})
    assert done.returncode != 0
    assert "security.W012" in done.stderr


@pytest.mark.parametrize("command", ["check", "migrate", "run"])
def test_nothing_starts_without_a_secret_key(command: str) -> None:
    done = manage(command)
    assert done.returncode != 0
    assert "conflictdb does not start without a secret key" in done.stderr
    assert "CONFLICTDB_SECRET_KEY" in done.stderr


def test_development_needs_no_secret_key() -> None:
    assert manage("check", CONFLICTDB_DEBUG="true").returncode == 0


def test_secret_key_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="ascii")
    assert ask("s.SECRET_KEY", CONFLICTDB_SECRET_KEY_FILE=str(tmp_path / "key")) == KEY


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff\xfe" * 60])
def test_file_without_a_good_secret_key_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    done = manage("check", CONFLICTDB_SECRET_KEY_FILE=str(path))
    assert done.returncode != 0
    assert "CONFLICTDB_SECRET_KEY_FILE" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONFLICTDB_DEBUG", "maybe"),
        ("CONFLICTDB_HTTPS", "ja"),
        ("CONFLICTDB_SECRET_KEY", "correct horse"),
        ("CONFLICTDB_SECRET_KEY", "x" * 60),
        ("CONFLICTDB_ALLOWED_HOSTS", "https://conflicts.example.org"),
        ("CONFLICTDB_ALLOWED_HOSTS", "conflicts.example.org:8000"),
        ("CONFLICTDB_TRUSTED_ORIGINS", "conflicts.example.org"),
        ("CONFLICTDB_TRUSTED_ORIGINS", "https://conflicts.example.org/path"),
        ("CONFLICTDB_PROXIES", "-1"),
        ("CONFLICTDB_PROXIES", "one"),
        ("CONFLICTDB_STATEMENT_TIMEOUT", "10s"),
        ("CONFLICTDB_FILES_AT_ONCE", "many"),
        ("CONFLICTDB_THROTTLE", "many"),
        ("CONFLICTDB_THROTTLE", "0/min"),
        ("CONFLICTDB_THROTTLE", "10/fortnight"),
        ("CONFLICTDB_LOG_LEVEL", "LOUD"),
        ("CONFLICTDB_REDIS_URL", "hidden"),
        ("DATABASE_URL", "mysql://conflictdb:hidden@db.example.org/conflictdb"),
        ("DATABASE_URL", "sqlite:///hidden.db"),
        ("DATABASE_URL", "postgresql://conflictdb:hid/hidden@db.example.org/conflictdb"),
        ("DATABASE_URL", "postgresql://conflictdb:hidden@db.example.org:port/conflictdb"),
        ("DATABASE_URL", "postgresql://conflictdb:hidden@db.example.org"),
        ("DATABASE_URL", "hidden"),
    ],
)
def test_bad_value_is_refused_by_name(name: str, value: str) -> None:
    done = manage("check", **PRODUCTION | {name: value})
    assert done.returncode != 0
    last = done.stderr.splitlines()[-1]
    assert name in last
    assert "hidden" not in done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr


def test_settings_of_production() -> None:
    names = (
        "DEBUG",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    )
    told = ask(f"{{name: getattr(s, name) for name in {names}}}", **PRODUCTION)
    assert told == str(dict.fromkeys(names, True) | {"DEBUG": False, "SECURE_HSTS_INCLUDE_SUBDOMAINS": False})
    connection = ask("{name: s.DATABASES['default'][name] for name in ('HOST', 'CONN_MAX_AGE')}", **PRODUCTION)
    assert connection == "{'HOST': 'db.example.org', 'CONN_MAX_AGE': None}"


def test_statements_have_a_limit_where_a_server_runs_them_and_nowhere_else() -> None:
    options = "s.DATABASES['default']['OPTIONS']['options']"
    assert "statement_timeout" not in ask(options, **PRODUCTION)
    served = f"__import__('conflictdb.wsgi') and {options}"
    assert "-c statement_timeout=10s" in ask(served, **PRODUCTION)
    assert "-c statement_timeout=3s" in ask(served, **PRODUCTION, CONFLICTDB_STATEMENT_TIMEOUT="3")
    assert "statement_timeout" not in ask(served, **PRODUCTION, CONFLICTDB_STATEMENT_TIMEOUT="0")
    own = PRODUCTION | {"DATABASE_URL": f"{PRODUCTION['DATABASE_URL']}?options=-c%20statement_timeout%3D7s"}
    assert ask(served, **own) == "-c statement_timeout=7s"


def test_private_cluster_is_used_where_no_database_is_named(tmp_path: Path) -> None:
    environment = {"CONFLICTDB_SECRET_KEY": KEY, "CONFLICTDB_DATA_DIR": str(tmp_path)}
    assert ask("s.DATABASES['default']['DATA_FOLDER']", **environment) == str(tmp_path / "pg")
    assert list(tmp_path.iterdir()) == []
