"""CVE-2023-50454 (Zammad), CVE-2023-5422 (OTRS): certificates of mail servers were not verified.

Whoever stood between was told passwords. Here a relay (`tests/actions/notifications/test_smtp.py`) and a broker
(`tests/bus/test_tls.py`) prove their name before anything is said; and so does a database whose URL asks for it, which
the way of the URL through the settings to libpq must not lose.
"""

import socket
import ssl
import threading
from contextlib import suppress

import pytest

from chassis.database import Database
from chassis.errors import Unavailable
from chassis.settings import Settings
from tests.certificates import certificates

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Impostor:
    """Speaks TLS as a PostgreSQL server does, and keeps what it is told in it.

    :param identity: file of the certificate that it shows.
    """

    def __init__(self, identity):
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(identity)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.asked, self.told = b"", b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with suppress(OSError):
            connection, _ = self._listening.accept()
            with connection:
                connection.settimeout(10)
                self.asked = connection.recv(8)
                connection.sendall(b"S")
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self.told = secured.recv(1_000)

    def close(self):
        """End it."""
        self._listening.close()
        self._thread.join()


@pytest.mark.parametrize("wrong", ["nothing", "authority", "name"])
def test_a_database_that_cannot_prove_its_name_is_told_nothing(tmp_path, wrong):
    """Neither user nor database; the one that can is told both."""
    (tmp_path / "others").mkdir()
    trusted, identity = certificates(tmp_path, "other.example" if wrong == "name" else "localhost")
    others, _ = certificates(tmp_path / "others", "localhost")
    impostor = Impostor(identity)
    root = others if wrong == "authority" else trusted
    url = f"postgresql://tickets:secret@localhost:{impostor.port}/tickets?sslmode=verify-full&sslrootcert={root}"
    database = Database(Settings({"TICKETS_DATABASE_URL": url}).database_url("tickets"))
    with pytest.raises(Unavailable) as refusal:
        database.read("SELECT 1")
    impostor.close()
    assert refusal.value.code == "database_away"
    assert impostor.asked == SSL_REQUEST
    assert (b"tickets" in impostor.told, b"secret" in impostor.told) == (wrong == "nothing", False)
