"""The content-addressed store of attachments and raw mails.

A file lies under `<service>/<aa>/<sha256>`; it is written and synced, folder included, before the row that names
it. Knowing a hash gives no right to anything: rows do.
"""

import errno
import hashlib
import logging
import math
import os
import re
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path

from chassis.errors import Conflict, Invalid, NotFound, Unavailable

logger = logging.getLogger(__name__)

CHUNK = 256 * 1024
#: Largest upload, in bytes.
LARGEST_UPLOAD = 25 * 1024 * 1024
#: How the system says that there is no room: on the disk, in somebody's share of it, for a file of this size, or for
#: anything, on a disk that has become read-only.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
#: Seconds after which there may be room again: somebody has to make some.
ROOM_SECONDS = 60
_UPLOAD = re.compile(r"[0-9a-f]{64}")


@contextmanager
def needing_room():
    """Do what may find the disk full.

    :raises Unavailable: `storage_full`.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        logger.error("There is no room for files: %s.", error.strerror)
        detail = "There is no room for files at the moment. Try again later."
        raise Unavailable("storage_full", detail, {"retry_after": ROOM_SECONDS}) from error


class FileStore:
    """Keeps bytes in a folder of this host.

    :param root: folder, made when missing.
    """

    def __init__(self, root):
        self.root = Path(root)

    def path(self, service, sha256):
        """Return where a file of a service lies or would lie."""
        return self.root / service / sha256[:2] / sha256

    def keep(self, service, content):
        """Store bytes for a service; return their sha256 in hex once they are on disk."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(service, sha256)
        if target.exists():
            # Whoever wrote it may have died before the folder was synced.
            sync_folder(target.parent)
            return sha256
        self._write(target, content)
        return sha256

    @needing_room()
    def receive(self, stream, limit=LARGEST_UPLOAD, name_of=lambda sha256: secrets.token_hex(32)):
        """Store an upload under a name of 256 bits that only the uploader can know; return the name.

        :param stream: binary file-like object.
        :param limit: bytes at the most.
        :param name_of: makes the name of the content's sha256; random unless a repeated upload is to be known.
        :raises Invalid: `file_too_large`; nothing is kept.
        :raises Unavailable: `storage_full`; nothing is kept.
        """
        made = [self._incoming()]
        try:
            name = name_of(_written(stream, made[0], limit))
            made.append(made[0].with_name(name))
            self._settle(*made)
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise
        return name

    @needing_room()
    def take_upload(self, service, upload, room=math.inf):
        """Move an upload into a service's folder; return `(sha256, size in bytes)`.

        Safe to repeat, also at the same moment: an upload that was taken is found again by the mark it left.

        :param room: bytes at the most.
        :raises NotFound: `upload_not_found`.
        :raises Conflict: `uploads_full`; the upload stays where it is.
        :raises Unavailable: `storage_full`; the upload stays where it is.
        """
        if not _UPLOAD.fullmatch(upload):
            raise _upload_not_found()
        source = self.root / "incoming" / upload
        mark = self.root / "incoming" / f"{upload}.taken"
        try:
            if source.stat().st_size > room:
                raise Conflict("uploads_full", "Too many of your files wait to be used. Use them, or wait a day.")
            sha256 = _digest(source)
            # The mark first: a link without one, where there is no room for it, would hold the bytes for a day.
            self._write(mark, sha256.encode())
            self._link(source, self.path(service, sha256))
            source.unlink(missing_ok=True)
        except FileNotFoundError:
            sha256 = _marked(mark)
            if not self.path(service, sha256).exists():
                # No row came to name it, and it was forgotten before its mark.
                raise _upload_not_found() from None
        return sha256, self.path(service, sha256).stat().st_size

    def forget_upload(self, upload):
        """Delete an upload that its service has refused."""
        (self.root / "incoming" / upload).unlink(missing_ok=True)

    def forget(self, service, sha256):
        """Delete a service's file; what other services have of it is theirs."""
        self.path(service, sha256).unlink(missing_ok=True)

    def resting(self, service, folder, before):
        """Return the sha256 of each file in one folder of a service's that nobody has taken over lately.

        :param folder: number of the folder, 0 to 255.
        :param before: aware datetime; what was linked or unlinked since (ctime) is left out.
        """
        found = []
        for path in (self.root / service / f"{folder:02x}").glob("*"):
            with suppress(FileNotFoundError):
                if _UPLOAD.fullmatch(path.name) and path.stat().st_ctime < before.timestamp():
                    found.append(path.name)
        return found

    def forget_uploads(self, before):
        """Delete uploads that nobody took, and the marks of those that were taken.

        :param before: aware datetime; what was received since stays.
        """
        for path in (self.root / "incoming").glob("*"):
            try:
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
            except FileNotFoundError:
                # Taken by its service, or deleted by another process, since the folder was read.
                continue

    def adopt(self, from_service, to_service, sha256):
        """Give a service its own link to another service's file, before its row names it.

        :raises NotFound: `file_not_found`.
        """
        source, target = self.path(from_service, sha256), self.path(to_service, sha256)
        if not source.exists():
            raise NotFound("file_not_found", "There is no such file.")
        self._link(source, target)

    def read(self, service, sha256):
        """Return the bytes of a file.

        :raises NotFound: `file_not_found`.
        """
        try:
            return self.path(service, sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("file_not_found", "There is no such file.") from error

    def _write(self, target, content):
        temporary = self._incoming()
        try:
            with open(temporary, "xb") as file:
                file.write(content)
                _sync(file)
            self._settle(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _incoming(self):
        folder = self.root / "incoming"
        _make_folder(folder)
        return folder / secrets.token_hex(32)

    def _settle(self, temporary, target):
        _make_folder(target.parent)
        os.replace(temporary, target)
        sync_folder(target.parent)

    def _link(self, source, target):
        _make_folder(target.parent)
        try:
            os.link(source, target)
        except FileExistsError:
            # Whoever linked it may have died before the folder was synced.
            pass
        except FileNotFoundError:
            # Somebody who takes the same upload at the same moment has linked it and let it go.
            if not target.exists():
                raise
        sync_folder(target.parent)


def _written(stream, path, limit):
    """Write a stream to a new file, synced; return its sha256 in hex."""
    digest, size = hashlib.sha256(), 0
    with open(path, "xb") as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise Invalid("file_too_large", f"Files may have {limit // 1024**2} MB at the most.")
            digest.update(chunk)
            file.write(chunk)
        _sync(file)
    return digest.hexdigest()


def _marked(mark):
    try:
        return mark.read_text()
    except FileNotFoundError:
        raise _upload_not_found() from None


def _upload_not_found():
    return NotFound("upload_not_found", "Upload the file again.")


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_folder(folder):
    """Make a folder and what is missing above it, synced, so that a power cut cannot lose the way to a file."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _sync(file):
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder):
    """Have the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
