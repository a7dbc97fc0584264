"""A door with TLS in front of the tests' broker."""

import asyncio
import ssl
import threading
from contextlib import suppress


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
