"""Uploads that nothing names yet: how much of them a person may have, and how the bytes of forgotten ones go.

Bytes are there before the row that names them, so a process that dies between the two leaves bytes that no row names.
Statements are the services': their tables have columns of their own.
"""

from datetime import timedelta

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


def take_upload(work, files, service, upload, unbound, **values):
    """Take an upload over within its uploader's limit; return `(sha256, size in bytes)`.

    :param unbound: statement that gives the `files` and `bytes` that the person has waiting.
    :param values: of the statement, `me` among them.
    :raises Conflict: `uploads_full`.
    :raises NotFound: `upload_not_found`.
    """
    work.load(BYTES_STAY)
    work.load(_ONE_AT_A_TIME, me=values["me"])
    held = work.one(unbound, **values)
    room = MOST_BYTES - held.bytes if held.files < MOST_FILES else -1
    return files.take_upload(service, upload, room)


def forget_unbound(work, files, service, sweep, named, now, **values):
    """Forget uploads with their bytes, and bytes whose row was never committed, in the folder whose turn it is.

    Bytes that another row names stay.
    :param sweep: DELETE that returns each `sha256`; `values` are its values.
    :param named: statement that gives those of `hashes` that a row names.
    """
    folder = int(now.timestamp()) // SWEEP_SECONDS % FOLDERS
    resting = files.resting(service, folder, now - ROWLESS_FOR)
    # Whoever has linked bytes before this is held has committed or lost the row that names them.
    work.load(_BYTES_GO)
    swept = {row.sha256 for row in work.load(sweep, **values)}.union(resting)
    if swept:
        for sha256 in swept - {row.sha256 for row in work.load(named, hashes=list(swept))}:
            files.forget(service, sha256)
