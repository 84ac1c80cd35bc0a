"""Documents that take long: made by a command of ours in a process of its own, kept a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from reports.web.api.operations import Call, Handle
from reports.web.faults import Problem

# The words behind `canh`; gives exit code, standard output, standard error.
Command = Callable[..., Awaitable[tuple[int, bytes, str]]]
WAITING = 4  # how many may wait for their turn
KEPT = 4


class Documents:
    """One at a time; the newest few are kept for the revision of which they tell."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def report(self) -> Handle:
        async def ask(call: Call) -> web.StreamResponse:
            period = call.values["period"]
            name = "month" if period[5:6].isdigit() else "quarter" if "Q" in period else "year"
            return await self._made(call, "report", f"--{name}={period}", "--json")

        return ask

    def coverage(self) -> Handle:
        async def ask(call: Call) -> web.StreamResponse:
            return await self._made(call, "coverage", "--json")

        return ask

    async def _made(self, call: Call, *words: str) -> web.StreamResponse:
        if not call.scope.whole:
            raise Problem(403, "this tells of the whole network; the token is limited to units")
        key = (words, call.revision)
        if key not in self._kept:
            if self._waiting >= WAITING:
                raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
            self._waiting += 1
            try:
                async with self._turn:
                    if key not in self._kept:
                        self._keep(key, await self._run(*words))
            finally:
                self._waiting -= 1
        answer = web.Response(
            body=self._kept[key], content_type="application/json", charset="utf-8"
        )
        answer.enable_compression()
        return answer

    async def _run(self, *words: str) -> bytes:
        code, out, err = await self._command(*words)
        if out:
            return out
        why = err.strip().splitlines()[-1:] or [f"canh {words[0]} ended with {code}"]
        if code == 2:
            raise Problem(422, why[0].partition(": ")[2])
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"})

    def _keep(self, key: tuple[Any, ...], body: bytes) -> None:
        self._kept[key] = body
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
