"""A load generator in a process of its own: `python -m bench.load.generator URL TOKEN ...`.

Raw sockets and ready-made bodies, so that it takes as little as possible of the two cores it shares
with the node. Each statement has a PUID of its own. Closed loop by default: each connection sends
when it has its answer. With --rate, open loop: submissions are due by the clock, and the time of
one counts from when it was due, so that a slow node cannot slow its own measuring down.

Prints one line of JSON. What was pushed back (429, 503, 507) is counted, and waits as it was told.
"""

import asyncio
import json
import random
import time
from collections import defaultdict
from urllib.parse import urlsplit

import uvloop

from amparo.record.specimen import specimen
from bench.machine import parser_of

TEMPLATES = 40
MOST_DUE = 2_000  # an open loop's backlog; more is counted as not sent
COMPLAINING = 16
KEPT = 20_000  # of the addresses of decisions, for readers and complaints


def bodies(batch):
    """Ready bodies with a fixed-width mark where the PUIDs' run number goes."""
    chance = random.Random(1)
    made = []
    for t in range(TEMPLATES):
        items = [specimen(chance, f"RUN_MARK-{t}-{i}") for i in range(batch)]
        payload = {"statements": items} if batch > 1 else items[0]
        made.append(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    return made


class Run:
    """One run's counts and times."""

    def __init__(self, options):
        url = urlsplit(options.url)
        self.options, self.host, self.address = options, url.netloc, (url.hostname, url.port)
        path = "/api/v1/statement" + ("s" if options.batch > 1 else "")
        self.head = (
            f"POST {path} HTTP/1.1\r\nhost: {url.netloc}\r\n"
            f"authorization: Bearer {options.token}\r\n"
            "content-type: application/json\r\ncontent-length: %d\r\n\r\n"
        ).encode()
        self.made = bodies(options.batch)
        self.numbers = iter(range(options.first, 10**8))
        self.accepted = self.not_sent = 0
        self.took, self.pushed, self.wrong = defaultdict(list), defaultdict(int), []
        self.untold = 0  # pushed back without being told when to come again
        self.places = []

    def body(self):
        number = next(self.numbers)
        return self.made[number % TEMPLATES].replace(b"RUN_MARK", b"%08d" % number)

    def note(self, kind, status, head, rest, begun):
        """Count one answer; seconds to wait before the next."""
        self.took[kind].append(time.perf_counter() - begun)
        if status in (429, 503, 507):
            self.pushed[status] += 1
            told = head.lower().partition(b"retry-after: ")[2].split(b"\r\n")[0]
            self.untold += not told
            return float(told or 1)
        if kind == "submit" and status == 201:
            self.accepted += self.options.batch
            if len(self.places) < KEPT and self.options.mixed:
                told = json.loads(rest)
                for one in told.get("statements", [told])[:2]:
                    self.places.append((one["uuid"], one["recourse_url"].partition("/recourse")[2]))
        elif status not in (200, 303):
            text = rest.decode(errors="replace") if not self.wrong else ""
            self.wrong.append(f"{kind} {status} {text}")
        return 0.0


async def exchange(reader, writer, request):
    """Send a request and read its answer: status, head, body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    rest = await reader.readexactly(int(length)) if length else b""
    return int(head[9:12]), head, rest


async def submitter(run, deadline, due=None):
    """One connection that submits: when it can, or what is due."""
    reader, writer = await asyncio.open_connection(*run.address)
    while time.perf_counter() < deadline:
        begun = time.perf_counter()
        if due is not None:
            begun = await due.get()
            if begun is None:
                break
        body = run.body()
        status, head, rest = await exchange(reader, writer, run.head % len(body) + body)
        wait = run.note("submit", status, head, rest, begun)
        if wait:
            await asyncio.sleep(min(wait, 5))
    writer.close()


async def ticking(run, deadline, due):
    """Make submissions due by the clock."""
    begun, gap, number = time.perf_counter(), run.options.batch / run.options.rate, 0
    while (at := begun + number * gap) < deadline:
        if (early := at - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if due.qsize() < MOST_DUE:
            due.put_nowait(at)
        else:
            run.not_sent += run.options.batch
        number += 1
    for _ in range(run.options.connections):
        due.put_nowait(None)


async def reading(run, deadline):
    """One connection that reads: a page, a receipt, the checkpoint, the front page, in turn."""
    reader, writer = await asyncio.open_connection(*run.address)
    chance = random.Random(id(writer))
    while time.perf_counter() < deadline:
        if not run.places:
            await asyncio.sleep(0.1)
            continue
        uuid, _ = chance.choice(run.places)
        for kind, path in (
            ("page", f"/statement/{uuid}"),
            ("receipt", f"/statement/{uuid}/receipt"),
            ("checkpoint", "/log/checkpoint"),
            ("front page", "/"),
        ):
            begun = time.perf_counter()
            request = f"GET {path} HTTP/1.1\r\nhost: {run.host}\r\naccept: text/html\r\n\r\n"
            status, head, rest = await exchange(reader, writer, request.encode())
            if status == 503 and kind == "receipt":
                continue  # not public yet: that is an answer
            run.note(kind, status, head, rest, begun)
        await asyncio.sleep(0.02)
    writer.close()


async def ticking_complaints(run, deadline, due):
    """Make complaints due by the clock, each about a decision of its own."""
    gap, begun, number, used = 60 / run.options.complaints, time.perf_counter(), 0, 0
    while (at := begun + number * gap) < deadline:
        number += 1
        if (early := at - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if used < len(run.places):
            due.put_nowait((at, run.places[used][1]))
            used += 1
        else:
            run.not_sent += 1
    for _ in range(COMPLAINING):
        due.put_nowait((None, ""))


async def complaining(run, due):
    """One of the people who complain: what is due next, on a connection of their own."""
    reader, writer = await asyncio.open_connection(*run.address)
    form = b"grounds=The+clause+names+threats%3B+the+post+quotes+one+in+order+to+report+it."
    while True:
        begun, own = await due.get()
        if begun is None:
            break
        head = (
            f"POST /recourse{own}/complaint HTTP/1.1\r\nhost: {run.host}\r\n"
            "sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n"
            f"content-length: {len(form)}\r\n\r\n"
        )
        status, told, rest = await exchange(reader, writer, head.encode() + form)
        run.note("complaint", status, told, rest, begun)
    writer.close()


async def main(options):
    run = Run(options)
    begun = time.perf_counter()
    deadline = begun + options.seconds
    due = asyncio.Queue() if options.rate else None
    jobs = [submitter(run, deadline, due) for _ in range(options.connections)]
    if due is not None:
        jobs.append(ticking(run, deadline, due))
    if options.mixed:
        jobs += [reading(run, deadline) for _ in range(4)]
        complaints = asyncio.Queue()
        jobs.append(ticking_complaints(run, deadline, complaints))
        jobs += [complaining(run, complaints) for _ in range(COMPLAINING)]
    await asyncio.gather(*jobs)
    seconds = time.perf_counter() - begun
    told = {
        "accepted": run.accepted,
        "seconds": seconds,
        "rate": run.accepted / seconds,
        "bytes_each": sum(map(len, run.made)) / TEMPLATES / options.batch,
        "cpu_seconds": time.process_time(),
        "pushed_back": dict(run.pushed),
        "without_retry_after": run.untold,
        "not_sent": run.not_sent,
        "wrong": len(run.wrong),
        "first_wrong": run.wrong[:1],
        "next": next(run.numbers),
        "kinds": {kind: percentiles(times) for kind, times in run.took.items()},
    }
    print(json.dumps(told))


def percentiles(times):
    """How many, and milliseconds at the middle, at 99 and 99.9 of 100, and at most."""
    times.sort()
    shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "most": 1.0}
    at = {name: times[int((len(times) - 1) * share)] * 1000 for name, share in shares.items()}
    return {"number": len(times)} | at


if __name__ == "__main__":
    parser = parser_of(__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--rate", type=float, help="statements a second by the clock: open loop")
    parser.add_argument("--mixed", action="store_true", help="readers and complaints as well")
    parser.add_argument("--complaints", type=float, default=1000, help="a minute")
    uvloop.run(main(parser.parse_args()))
