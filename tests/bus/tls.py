"""A door with TLS in front of the tests' broker, and the certificates that it shows."""

import asyncio
import ipaddress
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def certificates(folder, address):
    """Write an authority's certificate, and one that it gave to an IP address with its key; return both files."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("tests", address)
    )
    authority = _signed(authority_name, authority_key.public_key(), authority_name, authority_key,
                        x509.BasicConstraints(ca=True, path_length=0))  # fmt: skip
    shown = _signed(name, key.public_key(), authority_name, authority_key,
                    x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]))  # fmt: skip
    pem = serialization.Encoding.PEM
    trusted, identity = folder / "authority.pem", folder / "broker.pem"
    trusted.write_bytes(authority.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    identity.write_bytes(private + shown.public_bytes(pem))
    return trusted, identity


def _signed(name, public_key, by_name, by_key, extension):
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        by_name, name, public_key, x509.random_serial_number(), now - DAY, now + DAY
    )
    return builder.add_extension(extension, critical=True).sign(by_key, hashes.SHA256())


class TLSDoor:
    """Takes TLS on a port of its own and passes on what is within to another; a thread of the tests.

    :param identity: file of its key and certificate.
    :param port: of the broker.
    """

    def __init__(self, identity, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity)
        self._loop = asyncio.new_event_loop()
        self._writers = set()
        self._inner = port
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._pass, "127.0.0.1", 0, ssl=context))
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self):
        """Drop all connections without a word."""
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self._writers)])

    def close(self):
        """End it."""
        self.cut()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _pass(self, reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner)
        self._writers.add(writer)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        self._writers.discard(writer)


async def _pump(reader, writer):
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
