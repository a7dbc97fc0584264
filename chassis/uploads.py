"""Uploads that nothing names yet: how long and how much of them a person may have, and how forgotten ones go.

Bytes are there before the row that names them, so a process that dies between the two leaves bytes that no row names.
Each service keeps its own in its table `attachments`, whose columns it names.
"""

from datetime import timedelta

#: How long an upload is its uploader's and waits to be named.
UNBOUND_FOR = timedelta(hours=24)
#: Of one person in one service.
MOST_FILES = 100
MOST_BYTES = 100 * 1024 * 1024

#: Between two sweeps of a service. Each looks at one of the folders, so all of them have been looked at after 64 hours.
SWEEP_SECONDS = 900
FOLDERS = 256
#: How long bytes that no row names may still be somebody's who is about to write it.
ROWLESS_FOR = timedelta(hours=24)

#: Held by whoever links bytes that a row is about to name; and alone by whoever deletes bytes that no row names.
BYTES_STAY = "SELECT pg_advisory_xact_lock_shared(hashtext('bytes of files'))"
_BYTES_GO = "SELECT pg_advisory_xact_lock(hashtext('bytes of files'))"
#: Serialises the uploads of one person, so that the limit cannot be outrun.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('uploads'), hashtext(%(me)s::text))"
_NAMED = "SELECT sha256 FROM attachments WHERE sha256 = ANY (%(hashes)s)"


def unbound_since(now):
    """Return the instant after which an upload was made that may still be named."""
    return now - UNBOUND_FOR


class Uploads:
    """The uploads of one service."""

    def __init__(self, service, bound_to, uploader, uploaded_at):
        """Take the service's name, which is its folder's, and the columns of its table.

        :param bound_to: column that is null until something names the upload.
        """
        self._service = service
        self._waiting = (
            "SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes FROM attachments"
            f" WHERE {bound_to} IS NULL AND {uploader} = %(me)s AND {uploaded_at} > %(since)s"
        )
        self._sweep = (
            f"DELETE FROM attachments WHERE {bound_to} IS NULL AND {uploaded_at} <= %(since)s RETURNING sha256"
        )

    def take(self, work, files, upload, person_id):
        """Take an upload over within its uploader's limit; return `(sha256, size in bytes)`.

        :raises Conflict: `uploads_full`.
        :raises Unavailable: `storage_full`.
        :raises NotFound: `upload_not_found`.
        """
        work.load(BYTES_STAY)
        work.load(_ONE_AT_A_TIME, me=person_id)
        held = work.one(self._waiting, me=person_id, since=unbound_since(work.now))
        room = MOST_BYTES - held.bytes if held.files < MOST_FILES else -1
        return files.take_upload(self._service, upload, room)

    def forget_unbound(self, work, files):
        """Forget uploads that nothing has named in time, and rowless bytes in the folder whose turn it is.

        Bytes that another row names stay.
        """
        folder = int(work.now.timestamp()) // SWEEP_SECONDS % FOLDERS
        resting = files.resting(self._service, folder, work.now - ROWLESS_FOR)
        # Whoever has linked bytes before this is held has committed or lost the row that names them.
        work.load(_BYTES_GO)
        swept = {row.sha256 for row in work.load(self._sweep, since=unbound_since(work.now))}.union(resting)
        if swept:
            for sha256 in swept - {row.sha256 for row in work.load(_NAMED, hashes=list(swept))}:
                files.forget(self._service, sha256)
