"""`/livez`, `/readyz` and `/metrics` of a process without eventlet, on the loopback interface."""

import asyncio
from http import HTTPStatus

from chassis.health import READY, page

ANSWER_SECONDS = 5


async def start_health(port, problem):
    """Serve until the process ends; return the server.

    :param port: to listen on, 0 for any.
    :param problem: coroutine function that returns what keeps the process from being ready, or `None`.
    """

    async def answer(reader, writer):
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                request = (await reader.readuntil(b"\r\n\r\n")).split()
                path = request[1].decode("latin-1")
                status, body, kind = page(path, await problem() if path == READY else None)
                writer.write(
                    f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError, IndexError):
            # Whoever asks in another way than HTTP, or goes, gets no answer.
            return
        finally:
            writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port)
