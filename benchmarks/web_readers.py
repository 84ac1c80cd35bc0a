"""So many readers of /live; it prints the least and the most events that one of them heard.

python -m benchmarks.web_readers PORT READERS
"""

from __future__ import annotations

import asyncio
import sys


async def read(port: int, heard: list[int], number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /live?at=x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    while line := await reader.readline():
        heard[number] += line.startswith(b"data: ")


async def run(port: int, readers: int) -> None:
    """Until stdin ends."""
    heard = [0] * readers
    tasks = [asyncio.create_task(read(port, heard, number)) for number in range(readers)]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    print(f"{min(heard)} {max(heard)}", flush=True)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), int(sys.argv[2])))
