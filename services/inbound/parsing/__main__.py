"""The jail in which mails are read, a child of the service: `-m services.inbound.parsing FOLDER SECONDS`.

Standard input is a socket: each line is a request `{"sha256", "envelope_from", "received_at"}`, each answer
a line: `{"mail": {...}}`, `{"unreadable": reason, "header": {...} or null, "copy": {"sha256", "size"} or null}`,
or `{"postponed": reason}` where it is not the mail's fault. `{"show": sha256}` asks for the `{"copy"}` alone of a mail
that others have died of. Memory is limited for the process, processor time for each request; who waits for the answer
kills what hangs.
"""

import json
import math
import resource
import socket
import sys
import time
from datetime import datetime
from functools import partial

from chassis.errors import NotFound
from chassis.files import FileStore
from services.inbound.language_model import kept_model
from services.inbound.parsing import languages
from services.inbound.parsing.mail import read_header, read_mail
from services.inbound.parsing.shown import shown_mail
from services.inbound.parsing.structure import Unreadable

MEMORY_BYTES = 1024**3


def main(folder, cpu_seconds):
    """Answer requests until the other end is closed.

    :param folder: root of the file store.
    :param cpu_seconds: of processor time for one request; the system ends the process after that.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    files = FileStore(folder)
    lines = socket.socket(fileno=sys.stdin.fileno())
    # The other end of a green socket is born non-blocking.
    lines.setblocking(True)
    languages.use(kept_model())
    lines.sendall(b'{"ready": true}\n')
    for line in lines.makefile("rb"):
        _limit_time(cpu_seconds)
        lines.sendall(json.dumps(answer_to(files, json.loads(line))).encode() + b"\n")


def answer_to(files, request):
    """Return the answer to one request."""
    try:
        raw = files.read("inbound", request.get("show") or request["sha256"])
    except (OSError, NotFound):
        return {"postponed": "raw_mail_missing"}
    try:
        return {"copy": _shown_copy(files, raw)} if "show" in request else _reading_of(files, raw, request)
    except OSError:
        return {"postponed": "store_failed"}


def _reading_of(files, raw, request):
    given = {
        "envelope_from": request["envelope_from"],
        "received_at": datetime.fromisoformat(request["received_at"]),
    }
    try:
        return {"mail": _storable(read_mail(raw, keep=partial(files.keep, "inbound"), **given))}
    except OSError:
        # A full disk is not the mail's fault: as unreadable it would be told without its photos, for good.
        raise
    except Unreadable as error:
        reason = str(error)
    except (MemoryError, RecursionError):
        reason = "too_much_memory"
    except Exception as error:
        # Whatever a mail can do to the parser, it is kept and told with its file, and the next one is read.
        reason = f"parser_error: {type(error).__name__}"
    return {"unreadable": reason, "header": _header_or_none(raw, given), "copy": _shown_copy(files, raw)}


def _shown_copy(files, raw):
    """Keep what may be shown of a mail; return where, or none where it cannot be made.

    :raises OSError: the store cannot take it.
    """
    # Whoever takes part is shown it: the raw mail stays with us, and names blind recipients and its own reply token.
    try:
        copy = shown_mail(raw)
    except Exception:
        return None
    return {"sha256": files.keep("inbound", copy), "size": len(copy)}


def _header_or_none(raw, given):
    try:
        return _storable(read_header(raw, **given))
    except Exception:
        return None


def _storable(said):
    """Return what was read if PostgreSQL can store it.

    :raises ValueError: a NUL or a lone surrogate has got through.
    """
    text = json.dumps(said, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        raise ValueError("NUL")
    return said


def _limit_time(cpu_seconds):
    soft = math.ceil(time.process_time()) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
