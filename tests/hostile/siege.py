"""All attackers at once, in a process of their own: `python -m tests.hostile.siege URL TOKEN`.

Each kind comes from an address of its own, speaks sockets, and goes on until standard input ends,
ten minutes at most. Prints one line of JSON: for each kind what it was answered, and how often.
"""

import asyncio
import io
import json
import os
import random
import sys
import zipfile
from collections import Counter
from urllib.parse import urlsplit

from amparo.record.specimen import specimen

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="{row}"><c r="XFD{row}"><v>1</v></c></row></sheetData></worksheet>'
)


class Siege:
    """Where to, with whose token, and what came of it."""

    def __init__(self, url, token):
        place = urlsplit(url)
        self.address, self.host = (place.hostname, place.port), place.netloc
        self.token = token
        self.seen = {}

    async def connect(self, source):
        return await asyncio.open_connection(*self.address, local_addr=(source, 0))

    def head(self, method, path, *lines):
        """A request's head, without the blank line that ends it."""
        return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {self.host}", *lines, ""]).encode()

    async def keep_at_it(self, kind, attack, source, pause):
        """Attack again and again; whatever happens is counted."""
        seen = self.seen.setdefault(kind, Counter())
        while True:
            try:
                seen[await attack(self, source)] += 1
            except (OSError, EOFError) as error:
                seen[type(error).__name__] += 1
                await asyncio.sleep(0.05)
            await asyncio.sleep(pause)


async def status(reader):
    """The status of an answer, or that the other side closed."""
    line = await reader.readline()
    return line[9:12].decode() if line else "closed"


async def dripping(siege, source, start, piece, every=1.0):
    """Send a beginning, then a piece again and again, until an answer or an end."""
    reader, writer = await siege.connect(source)
    try:
        writer.write(start)
        answer = asyncio.create_task(status(reader))
        while not answer.done():
            writer.write(piece)
            await writer.drain()
            await asyncio.wait([answer], timeout=every)
        return answer.result()
    finally:
        writer.close()


async def half_body(siege, source):
    """A large form without sign-in of which most comes at once, and the rest never."""
    start = siege.head(
        "POST",
        "/verify",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 16000000",
    )
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="r"\r\n\r\n'
    return await dripping(siege, source, start + b"\r\n" + part + b"x" * 2_000_000, b"x")


async def half_head(siege, source):
    return await dripping(siege, source, siege.head("GET", "/"), b"X-A: b\r\n")


async def trailers(siege, source):
    """A body that ends, and fields after it that do not."""
    start = siege.head("POST", "/verify", "Transfer-Encoding: chunked")
    return await dripping(
        siege, source, start + b"\r\n1\r\nx\r\n0\r\n", b"X-A: " + b"b" * 60_000 + b"\r\n", 0.001
    )


async def after_the_answer(siege, source):
    """One byte more once the answer is there."""
    return await dripping(siege, source, siege.head("GET", "/health/live") + b"\r\nG", b"", 0.5)


async def slowly(reader):
    """A hundred bytes twice a second."""
    while piece := await reader.read(100):
        yield piece
        await asyncio.sleep(0.5)


async def slow_reader(siege, source):
    """Ask for a large file, and read a few bytes a second of it."""
    reader, writer = await asyncio.open_connection(
        *siege.address, local_addr=(source, 0), limit=1024
    )
    try:
        writer.write(siege.head("GET", "/observatory/data/statements.csv") + b"\r\n")
        async for _ in slowly(reader):
            pass
        return "ended"
    finally:
        writer.close()


async def asking_and_leaving(siege, source):
    """The dearest pages, asked by many who do not wait."""
    chance = random.random()
    for path in ("/observatory/platform/all", f"/observatory/measure/statements?x={chance}"):
        _, writer = await siege.connect(source)
        writer.write(siege.head("GET", path) + b"\r\n")
        await writer.drain()
        writer.close()
    return "left"


async def exchange(siege, source, request):
    reader, writer = await siege.connect(source)
    try:
        writer.write(request)
        return await status(reader)
    finally:
        writer.close()


def form(siege, path, name, body):
    """A multipart form with one file."""
    whole = (
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + body
        + b"\r\n--x--\r\n"
    )
    head = siege.head(
        "POST",
        path,
        "Content-Type: multipart/form-data; boundary=x",
        "Sec-Fetch-Site: same-origin",
        f"Content-Length: {len(whole)}",
    )
    return head + b"\r\n" + whole


def workbook(row):
    """An XLSX of a kilobyte whose two cells lie as far apart as a sheet is large."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            (
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
                'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument'
                '.spreadsheetml.sheet.main+xml"/></Types>'
            ),
        )
        archive.writestr(
            "_rels/.rels",
            (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                '<Relationship Id="rId1" Target="xl/workbook.xml" Type="http://schemas.'
                'openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
            ),
        )
        archive.writestr(
            "xl/workbook.xml",
            (
                '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
                'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
                '<sheets><sheet name="4_notices" sheetId="1" r:id="rId1"/></sheets></workbook>'
            ),
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                '<Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="http://schemas.'
                'openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
            ),
        )
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format(row=row))
    return packed.getvalue()


async def far_cell(siege, source):
    row = random.choice((600, 1_048_576))
    request = form(siege, "/transparency", "r.xlsx", workbook(row))
    return await exchange(siege, source, request)


async def large_receipt(siege, source):
    return await exchange(siege, source, form(siege, "/verify", "r.tlog-proof", b"x" * 1_000_000))


def submission(siege, body):
    head = siege.head(
        "POST",
        "/api/v1/statement",
        f"Authorization: Bearer {siege.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return head + b"\r\n" + body


async def unknown_attributes(siege, source):
    """A good statement under a hundred thousand attributes that nobody knows."""
    statement = specimen(random.Random(), f"siege-{random.random()}")
    body = json.dumps(statement | {f"a{n}": n for n in range(100_000)}).encode()
    return await exchange(siege, source, submission(siege, body))


async def nested(siege, source):
    return await exchange(siege, source, submission(siege, b'{"a":' * 200_000))


async def guesses(siege, source):
    body = f"email={random.random()}@example.org".encode()
    head = siege.head(
        "POST",
        "/desk/sign-in",
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    return await exchange(siege, source, head + b"\r\n" + body)


async def silent(siege, source):
    """A connection that says nothing."""
    return await dripping(siege, source, b"", b"", 1.0)


ATTACKS = {
    "half bodies, a byte a second": (half_body, 60),
    "half heads": (half_head, 30),
    "trailers without end": (trailers, 4),
    "a byte after the answer": (after_the_answer, 100),
    "connections that say nothing": (silent, 100),
    "slow readers": (slow_reader, 30),
    "dear pages, asked and left": (asking_and_leaving, 4),
    "workbooks with a far cell": (far_cell, 2),
    "receipts of a megabyte": (large_receipt, 2),
    "a hundred thousand unknown attributes": (unknown_attributes, 1),
    "nested two hundred thousand deep": (nested, 1),
    "guesses at the sign-in": (guesses, 2),
}
"""Kind of attack -> how it is done, and by how many at once."""


async def main(url, token):
    siege = Siege(url, token)
    jobs = [
        asyncio.create_task(siege.keep_at_it(kind, attack, f"127.0.2.{number + 1}", 0.01))
        for number, (kind, (attack, many)) in enumerate(ATTACKS.items())
        for _ in range(many)
    ]
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    done, _ = await asyncio.wait([*jobs, ended], timeout=600, return_when="FIRST_COMPLETED")
    for job in done - {ended}:
        job.result()  # an attacker does not end by itself: this raises
    print(json.dumps(siege.seen), flush=True)
    os._exit(0)  # a thread may still wait for standard input


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
