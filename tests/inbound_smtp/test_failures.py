"""What SMTP says when it cannot keep a mail, and what a kill leaves of one: never a 250 for nothing."""

import smtplib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from chassis.clock import utcnow
from tests.freezing import frozen
from tests.inbound_smtp.running import DESK, DOMAIN, MODULE, a_mail
from tests.waiting import eventually

MEGABYTE = 1024 * 1024
PUT_OFF = "451 4.3.0 Cannot take mail at the moment, try again later"
#: Seconds within which a frozen database is noticed here, and within which all works after it.
NOTICED, WORKING = 5, 5


@pytest.fixture
def server(another):
    """Return a process of its own with an open mailbox."""
    smtp = another()
    smtp.open_mailbox(DESK, now=utcnow())
    return smtp


def files_of(smtp):
    """Return the files in the store, unfinished ones too."""
    return [path for path in smtp.files.root.rglob("*") if path.is_file()]


class ClosedDatabase:
    """Takes a server's database away: no connection is left, none is let in."""

    def __init__(self, smtp, server_url):
        self._name = smtp.database.engine.url.database
        url = server_url.replace("postgresql://", "postgresql+psycopg2://")
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def __enter__(self):
        self._run(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false')
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'")

    def __exit__(self, *exception):
        self._run(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')

    def _run(self, statement):
        with self._engine.connect() as connection:
            connection.execute(text(statement))


def test_without_the_database_nothing_is_promised(server, server_url):
    """451 for recipients and for mails; `/readyz` says so; afterwards the same mail is taken once."""
    raw = a_mail()
    with server.raw_client() as client:
        client.begin_data(DESK)
        with ClosedDatabase(server, server_url):
            client.send(raw + b".\r\n")
            assert client.answer() == PUT_OFF
            eventually(lambda: server.code_for(DESK) == 451, within=5, what="451 for a recipient")
            assert server.page("/readyz") == (503, "the database does not answer\n")
            assert server.page("/livez") == (200, "alive\n")
    eventually(lambda: server.page("/readyz")[0] == 200, what="readiness")
    assert server.deliver(raw, DESK) == {}
    assert len(server.rows()) == 1


def test_with_a_frozen_database_nothing_is_promised(another, server_url):
    """The same; a mail whose COMMIT had no answer, which may be done, is taken once."""
    server, raw = another(module="tests.inbound_smtp.impatient"), a_mail()
    server.open_mailbox(DESK, now=utcnow())
    with server.raw_client() as client:
        client.begin_data(DESK)
        with frozen(server_url):
            began = monotonic()
            client.send(raw + b".\r\n")
            eventually(lambda: server.page("/readyz") == (503, "the database does not answer\n"), within=NOTICED)
            assert server.page("/livez") == (200, "alive\n")
            assert client.answer() == PUT_OFF
            with ThreadPoolExecutor() as senders:
                assert list(senders.map(server.code_for, [DESK] * 5)) == [451] * 5
            assert monotonic() - began < NOTICED
    eventually(lambda: server.page("/readyz")[0] == 200, within=WORKING, what="readiness")
    assert server.deliver(raw, DESK) == {}
    assert len(server.rows()) == 1
    assert server.process.poll() is None


def test_a_full_disk_refuses_and_recovers(server):
    """452, no half file stays, and a mail that has room is taken."""
    psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        server.deliver(a_mail() + (b"x" * 998 + b"\r\n") * (MEGABYTE // 1000 + 1), DESK)
    assert refusal.value.smtp_code == 452
    assert (server.rows(), files_of(server)) == ([], [])
    assert server.deliver(a_mail(), DESK) == {}
    assert len(server.rows()) == 1


def test_what_got_its_250_survives_a_kill(server):
    """kill -9 right after the answer; a new process finds the row and the bytes."""
    raw = a_mail()
    with server.raw_client() as client:
        client.begin_data(DESK)
        client.send(raw + b".\r\n")
        assert client.answer().startswith("250")
        server.kill()
    server.start()
    (row,) = server.rows()
    assert server.files.read("inbound", row.sha256) == raw
    assert server.deliver(raw, DESK) == {}
    assert len(server.rows()) == 1


def test_sigterm_takes_the_mail_under_way(server):
    """New clients find the door closed, idle ones hear goodbye, the mail under way gets its 250."""
    raw = a_mail()
    with server.raw_client() as idle, server.raw_client() as busy:
        idle.ask("EHLO client.example")
        busy.begin_data(DESK)
        busy.send(raw)
        server.process.terminate()
        assert idle.answer() == "421 4.3.2 The service is ending"
        assert idle.answer() == ""
        busy.send(b".\r\n")
        assert busy.answer().startswith("250")
        assert busy.answer() == "421 4.3.2 The service is ending"
    assert server.process.wait(timeout=10) == 0
    assert len(server.rows()) == 1


def test_a_client_that_goes_away_leaves_nothing(server):
    """A connection lost within the content is no mail."""
    with server.raw_client() as client:
        client.begin_data(DESK)
        client.send(a_mail())
    assert server.deliver(a_mail(subject="whole"), DESK) == {}
    (row,) = server.rows()
    assert b"Subject: whole" in server.files.read("inbound", row.sha256)


@pytest.fixture
def ended(forking, tmp_path):
    """Return a function that runs an SMTP process to its end and returns its exit code and what it wrote."""

    def run(**environment):
        log = tmp_path / "log"
        return forking.start(MODULE, environment=environment, log=log).wait(30), log.read_text()

    return run


def test_a_port_in_use_is_told_in_a_sentence(shared_server, ended):
    """Exit 1, no traceback."""
    code, words = ended(**{**shared_server.environment, "HEALTH_PORT": "0"})
    assert code == 1
    assert words.startswith(f"smtp: port {shared_server.port} cannot be used: ")
    assert "Traceback" not in words


def test_missing_settings_are_told_together(ended):
    """Exit 1 with both names."""
    assert ended() == (1, "smtp: INBOUND_DATABASE_URL is missing; LINK_KEY is missing. See .env.example.\n")


def test_it_listens_on_loopback_only(shared_server):
    """Nobody elsewhere finds it unless `SMTP_HOST` says so."""
    listening = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True, check=True).stdout
    port = f":{shared_server.port:04X} "
    addresses = [line.split()[1] for line in listening.splitlines() if port in line and " 0A " in line]
    assert addresses == [f"0100007F{port.strip()}"]


def test_metrics_count_what_was_offered(smtp):
    """Prometheus' text format, by outcome."""

    def counted(outcome):
        page = smtp.page("/metrics")[1]
        lines = [line for line in page.splitlines() if line.startswith("fielddesk_mails_received_total{")]
        return sum(float(line.split()[1]) for line in lines if f'"{outcome}"' in line)

    before = counted("accepted"), counted("unknown_recipient")
    smtp.deliver(a_mail(), DESK)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.deliver(a_mail(), f"nobody@{DOMAIN}")
    assert (counted("accepted"), counted("unknown_recipient")) == (before[0] + 1, before[1] + 1)
