"""`/livez`, `/readyz` and `/metrics` of a process without eventlet, on the loopback interface."""

import asyncio

from chassis import metrics

_REASONS = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}
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
                status, body, kind = await _page(request[1].decode("latin-1"), problem)
                writer.write(
                    f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
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


async def _page(path, problem):
    if path == "/livez":
        return 200, b"alive\n", "text/plain"
    if path == "/readyz":
        found = await problem()
        return (503, f"{found}\n".encode(), "text/plain") if found else (200, b"ready\n", "text/plain")
    if path == "/metrics":
        body, kind = metrics.exposition()
        return 200, body, kind
    return 404, b"not found\n", "text/plain"
