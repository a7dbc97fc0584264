"""Folders of throwaway servers: whoever makes one holds a lock in it as long as they live."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

CLAIM = "claim"


def make_folder(prefix: str) -> tuple[Path, TextIO]:
    """Makes a folder for temporary files; returns it and its claim, which falls with this process or when closed."""
    folder = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    unfinished = folder / f"{CLAIM}.new"
    claim = open(unfinished, "w")  # noqa: SIM115
    fcntl.flock(claim, fcntl.LOCK_EX)
    # Named when it is locked: nobody finds a claim that is not held yet.
    unfinished.rename(folder / CLAIM)
    return folder, claim


def abandoned_folders(prefix: str) -> Iterator[Path]:
    """The folders whose makers were killed, each held while it is looked at; those of other users are passed over."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*/{CLAIM}"):
        try:
            if not _is_ours(path):
                continue
            with open(path) as claim:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path.parent.resolve()
        except OSError:
            continue


def _is_ours(claim: Path) -> bool:
    """Whether this user made it: others may write beside it, and must not have us remove what they point at."""
    found = claim.lstat()
    return found.st_uid == os.geteuid() and stat.S_ISREG(found.st_mode) and not claim.parent.is_symlink()
