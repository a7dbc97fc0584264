"""250 is a promise: before each one, strace sees the file and its folder synced and the row committed."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.clock import utcnow
from tests.inbound_smtp.running import DESK, a_mail
from tests.waiting import eventually

MAILS = 40
TRACED = "trace=fsync,fdatasync,rename,sendto,recvfrom"
#: The kernel itself passes over all other calls: the process does not stop at each.
OPTIONS = ("-D", "-f", "--seccomp-bpf", "-y", "-s", "60000", "-e", TRACED)

_UNFINISHED = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_WHOLE = re.compile(r"(\d+) +(\w+\(.*)$")


@pytest.fixture(scope="module")
def strace():
    """Return the path of strace, which `./desk test` provides."""
    found = shutil.which("strace")
    if not found:
        raise pytest.UsageError("strace is missing: run the tests by ./desk test.")
    return found


def calls_in(trace):
    """Return the system calls of a trace in order: what waits by its end, what is sent by its beginning."""
    calls, open_calls = [], {}
    for line in trace.splitlines():
        if unfinished := _UNFINISHED.match(line):
            thread, call = unfinished.groups()
            open_calls[thread] = call
            if call.startswith("sendto"):
                calls.append(call)
        elif resumed := _RESUMED.match(line):
            call = open_calls.pop(resumed[1])
            if not call.startswith("sendto"):
                calls.append(call + resumed[3])
        elif whole := _WHOLE.match(line):
            calls.append(whole[2])
    return calls


def place_of(calls, *words, after=-1):
    """Return the index of the first call that has all the words, after another one."""
    for index in range(after + 1, len(calls)):
        if all(word in calls[index] for word in words):
            return index
    raise AssertionError(f"no call with {words}")


def test_file_folder_and_row_come_before_the_250(another, strace, tmp_path):
    """40 mails by 4 clients: sync of the file, rename, sync of the folder, COMMIT, 250; in this order."""
    trace = tmp_path / "trace"
    smtp = another(wrapper=[strace, *OPTIONS, "-o", str(trace)])
    smtp.open_mailbox(DESK, now=utcnow())
    with ThreadPoolExecutor(4) as clients:
        sent = list(clients.map(lambda n: smtp.deliver(a_mail(subject=f"Report {n}"), DESK), range(MAILS)))
    assert sent == [{}] * MAILS
    rows = smtp.rows()
    assert smtp.stop() == 0
    # Behind a process id of fewer than five digits stand more blanks.
    ended = re.compile(rf"^{smtp.process.pid} +\+\+\+ exited", re.MULTILINE)
    eventually(lambda: ended.search(trace.read_text(errors="replace")), what="the end of the trace")
    calls = calls_in(trace.read_text(errors="replace"))
    assert len(rows) == MAILS
    for row in rows:
        renamed = place_of(calls, "rename(", f"/inbound/{row.sha256[:2]}/{row.sha256}", "= 0")
        temporary = re.search(r"/incoming/[0-9a-f]{64}", calls[renamed])[0]
        assert place_of(calls, "fsync(", temporary, "= 0") < renamed
        folder_synced = place_of(calls, "fsync(", f"/inbound/{row.sha256[:2]}>", "= 0", after=renamed)
        inserted = place_of(calls, "sendto(", "INSERT INTO inbound_messages", row.sha256, "COMMIT")
        connection = re.match(r"sendto\((\d+<[^>]+>)", calls[inserted])[1]
        committed = place_of(calls, f"recvfrom({connection}", "COMMIT", after=inserted)
        answered = place_of(calls, "sendto(", f"250 2.0.0 OK {row.sha256[:16]}")
        assert folder_synced < inserted < committed < answered
