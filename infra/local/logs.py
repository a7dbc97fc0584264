"""The files into which children write: of a bounded size, while they write, too."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

LARGEST_LOG = 20_000_000  # Bytes after which a log begins anew; what it held is kept until the next time.


def bound(log: Path) -> None:
    """Copies a log that has grown large aside and empties it; what is written between the two is lost.

    A renamed one would go on growing: a child keeps the file that it was given, and goes on at the beginning of an
    emptied one if that was opened to append. Where nothing can be copied, as on a full disk, it is emptied as well.
    """
    with suppress(OSError):
        if log.stat().st_size > LARGEST_LOG:
            # PostgreSQL's folder is its user's, who must not have root empty what a link there points at.
            with open(os.open(log, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
                _copy(file, log.with_name(f"{log.stem}.1{log.suffix}"))
                file.truncate(0)


def _copy(file, aside: Path) -> None:
    aside.unlink(missing_ok=True)
    try:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
            shutil.copyfileobj(file, kept)
    except OSError:
        aside.unlink(missing_ok=True)
