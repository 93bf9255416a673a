"""A lean HTTP client: many participants at once on one event loop, a connection a flow.

A new connection for each flow spreads the load over the workers; kept-alive ones can all land on one of them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(slots=True)
class Answer:
    """Status, the ``Location`` header where there is one, and the body."""

    status: int
    location: str
    body: bytes


class Connection:
    """One kept-alive connection, with the headers that every request of the flow carries."""

    def __init__(self, port: int, headers: str = "") -> None:
        self.port = port
        self.headers = headers

    async def __aenter__(self) -> Connection:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self.writer.close()

    async def get(self, path: str) -> Answer:
        """The answer to a GET."""
        return await self._send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{self.headers}\r\n".encode())

    async def post(self, path: str, form: dict[str, str]) -> Answer:
        """The answer to a POST of an ordinary form."""
        return await self._post(path, "application/x-www-form-urlencoded", urlencode(form))

    async def post_json(self, path: str, document: object, token: str) -> Answer:
        """The answer to a POST as a page's script sends it."""
        extra = f"Accept: application/json\r\nX-CSRFToken: {token}\r\n"
        return await self._post(path, "application/json", json.dumps(document), extra)

    async def _post(self, path: str, kind: str, body: str, extra: str = "") -> Answer:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{self.headers}{extra}"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self._send((head + body).encode())

    async def _send(self, request: bytes) -> Answer:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines[1:] if line)}
        body = await self.reader.readexactly(int(fields.get("content-length", "0")))
        return Answer(int(lines[0].split(" ", 2)[1]), fields.get("location", ""), body)


Flow = Callable[[int], Awaitable[None]]


async def run_flows(flow: Flow, *, at_once: int, seconds: float) -> tuple[int, float]:
    """Run flows by a number of participants at once for a time; the flows completed, and the seconds taken.

    ``flow`` gets a number that no other flow gets. An exception in a flow ends the run.
    """
    numbers = iter(range(10**9))
    started = time.perf_counter()
    done = 0

    async def participant() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await flow(next(numbers))
            done += 1

    await asyncio.gather(*(participant() for _ in range(at_once)))
    return done, time.perf_counter() - started
