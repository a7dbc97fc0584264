"""Programs from the system's packages, installed where they are missing and we may."""

import os
import shutil
import subprocess

from infra.refusal import Refusal


def may_install() -> bool:
    """Whether we may install packages here, and know how."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str, otherwise: str) -> None:
    """Installs a package; a Refusal where that fails.

    otherwise: what to do then, as the end of its sentence.
    """
    _apt_get(otherwise, "update")
    _apt_get(otherwise, "install", "--yes", "--no-install-recommends", package)


def _apt_get(otherwise: str, *arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    ran = subprocess.run(
        ["apt-get", "--quiet", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        why = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Refusal(f"apt-get {arguments[0]} failed ({why}); {otherwise}.")
