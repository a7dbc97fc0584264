"""The content-addressed store of attachments and raw mails.

A file lies under `<service>/<aa>/<sha256>`; it is written and synced, folder included, before the row that names
it. Knowing a hash gives no right to anything: rows do.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path

from chassis.errors import Invalid, NotFound

CHUNK = 256 * 1024
#: Largest upload, in bytes.
LARGEST_UPLOAD = 25 * 1024 * 1024
_UPLOAD = re.compile(r"[0-9a-f]{64}")


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
            _sync_folder(target.parent)
            return sha256
        temporary = self._incoming()
        try:
            with open(temporary, "xb") as file:
                file.write(content)
                _sync(file)
            self._settle(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return sha256

    def receive(self, stream, limit=LARGEST_UPLOAD):
        """Store an upload under a random name of 256 bits that only the uploader learns; return the name.

        :param stream: binary file-like object.
        :param limit: bytes at the most.
        :raises Invalid: `file_too_large`; nothing is kept.
        """
        temporary = self._incoming()
        size = 0
        try:
            with open(temporary, "xb") as file:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise Invalid("file_too_large", f"Files may have {limit // 1024 ** 2} MB at the most.")
                    file.write(chunk)
                _sync(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(temporary.parent)
        return temporary.name

    def take_upload(self, service, upload):
        """Move an upload into a service's folder; return `(sha256, size in bytes)`.

        Safe to repeat: an upload that was already taken is found again by the mark it left.
        :raises NotFound: `upload_not_found`.
        """
        source = self.root / "incoming" / upload
        taken = self.root / "incoming" / f"{upload}.taken"
        if not _UPLOAD.fullmatch(upload) or not (source.exists() or taken.exists()):
            raise NotFound("upload_not_found", "Upload the file again.")
        if taken.exists():
            sha256 = taken.read_text()
            return sha256, self.path(service, sha256).stat().st_size
        sha256 = _digest(source)
        target = self.path(service, sha256)
        self._link(source, target)
        with open(taken, "w") as mark:
            mark.write(sha256)
            _sync(mark)
        source.unlink(missing_ok=True)
        return sha256, target.stat().st_size

    def adopt(self, from_service, to_service, sha256):
        """Give a service its own link to another service's file, before its row names it.

        :raises NotFound: `file_not_found`.
        """
        source, target = self.path(from_service, sha256), self.path(to_service, sha256)
        if not source.exists():
            raise NotFound("file_not_found")
        self._link(source, target)

    def read(self, service, sha256):
        """Return the bytes of a file.

        :raises NotFound: `file_not_found`.
        """
        try:
            return self.path(service, sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("file_not_found") from error

    def _incoming(self):
        folder = self.root / "incoming"
        _make_folder(folder)
        return folder / secrets.token_hex(32)

    def _settle(self, temporary, target):
        _make_folder(target.parent)
        os.replace(temporary, target)
        _sync_folder(target.parent)

    def _link(self, source, target):
        if target.exists():
            return
        _make_folder(target.parent)
        try:
            os.link(source, target)
        except FileExistsError:
            return
        _sync_folder(target.parent)


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_folder(folder):
    """Make a folder and what is missing above it, synced, so that a power cut cannot lose the way to a file."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync(file):
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
