"""A load generator in a process of its own: `python -m bench.load URL TOKEN --batch N ...`.

Raw sockets and ready-made bodies, so that it takes as little as possible of the two cores it shares
with the node. Each statement has a PUID of its own. Prints one line of JSON.
"""

import argparse
import asyncio
import json
import random
import time
from urllib.parse import urlsplit

import uvloop

from amparo.record.specimen import specimen

TEMPLATES = 40


def bodies(batch):
    """Ready bodies with a fixed-width mark where the PUIDs' run number goes."""
    chance = random.Random(1)
    made = []
    for t in range(TEMPLATES):
        items = [specimen(chance, f"RUN_MARK-{t}-{i}") for i in range(batch)]
        payload = {"statements": items} if batch > 1 else items[0]
        made.append(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    return made


async def client(address, head, made, batch, deadline, numbers, took, refused):
    reader, writer = await asyncio.open_connection(*address)
    accepted = 0
    while time.perf_counter() < deadline:
        number = next(numbers)
        body = made[number % TEMPLATES].replace(b"RUN_MARK", b"%08d" % number)
        begun = time.perf_counter()
        writer.write(head % len(body) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        rest = await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
        if b" 201 " in answer[:20]:
            accepted += batch
        else:
            refused.append(rest[:200].decode(errors="replace"))
            await asyncio.sleep(0.05)
    writer.close()
    return accepted


async def run(options):
    url = urlsplit(options.url)
    path = "/api/v1/statement" + ("s" if options.batch > 1 else "")
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {url.netloc}\r\nauthorization: Bearer {options.token}\r\n"
        "content-type: application/json\r\ncontent-length: %d\r\n\r\n"
    ).encode()
    made = bodies(options.batch)
    numbers = iter(range(options.first, 10**8))
    took, refused = [], []
    begun = time.perf_counter()
    address = (url.hostname, url.port)
    deadline = begun + options.seconds
    clients = [
        client(address, head, made, options.batch, deadline, numbers, took, refused)
        for _ in range(options.connections)
    ]
    accepted = sum(await asyncio.gather(*clients))
    seconds = time.perf_counter() - begun
    took.sort()
    print(
        json.dumps(
            {
                "accepted": accepted,
                "seconds": seconds,
                "rate": accepted / seconds,
                "p50_ms": took[len(took) // 2] * 1000,
                "p99_ms": took[int(len(took) * 0.99)] * 1000,
                "bytes_each": sum(map(len, made)) / TEMPLATES / options.batch,
                "cpu_seconds": time.process_time(),
                "refused": len(refused),
                "first_refusal": refused[:1],
                "next": next(numbers),
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--first", type=int, default=0)
    uvloop.run(run(parser.parse_args()))
