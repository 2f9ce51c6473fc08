"""Files that are small and ask for much: each a kind of its own, by name.

Every one has the same bytes each time. Fuzzers bend them (tests/fuzz), attacks post them.
"""

import io
import random
import struct
import zipfile
from datetime import UTC, datetime

import xlsxwriter

FAR = "XFD1048576"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
CELL = '<table:table-cell office:value-type="string"%s><text:p>x</text:p></table:table-cell>'


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """An archive of names and bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, method)
    return made.getvalue()


def unzipped(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def workbook(*cells):
    """A workbook with a text in each of some cells."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 11, 29, tzinfo=UTC)})
        sheet = book.add_worksheet("4_notices")
        for cell in cells:
            sheet.write(cell, "Applicability")
    return made.getvalue()


def with_sheet(inside, sheets=1, **parts):
    """A workbook whose one sheet holds this XML; it may be named by several, and parts replaced."""
    files = unzipped(workbook("A1"))
    path = "xl/worksheets/sheet1.xml"
    head = files[path].decode().partition("<dimension")[0]
    files[path] = f"{head}{inside}</worksheet>".encode()
    one = '<sheet name="4_notices" sheetId="1" r:id="rId1"/>'
    book = files["xl/workbook.xml"].decode()
    assert one in book
    listed = "".join(one.replace("4_notices", f"s{n}") for n in range(sheets))
    files["xl/workbook.xml"] = book.replace(one, listed).encode()
    if "strings" in parts:
        head = files["xl/sharedStrings.xml"].decode().partition("<sst")[0]
        name = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        files["xl/sharedStrings.xml"] = f"{head}<sst {name}>{parts['strings']}</sst>".encode()
    return zipped(files | parts.get("more", {}))


def cells(*references):
    """Rows of a sheet, each with one cell at a place."""
    return _data(
        f'<row><c r="{one}" t="inlineStr"><is><t>x</t></is></c></row>' for one in references
    )


def numbers(rows, columns, kind="n", below=10**9, seed=1):
    """Rows of a sheet, full of numbers that do not pack well; of kind `s`, of shared texts."""
    draw = random.Random(seed)
    return _data(
        "<row>"
        + "".join(f'<c t="{kind}"><v>{draw.randrange(below)}</v></c>' for _ in range(columns))
        + "</row>"
        for _ in range(rows)
    )


def open_document(*rows):
    """A table of OpenDocument."""
    spaces = " ".join(f'xmlns:{one}="{OFFICE}:{one}:1.0"' for one in ("office", "table", "text"))
    manifest = f'<manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0"/>'
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="4_notices">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
        }
    )


def row(cell, repeated=1):
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cell}</table:table-row>'


def repeated(times):
    return CELL % f' table:number-columns-repeated="{times}"'


def _data(rows):
    return f"<sheetData>{''.join(rows)}</sheetData>"


def _overlapping(copies=1_500):
    """Entries that all point at one and the same megabyte."""
    whole = zipped({"4_notices.csv": random.Random(2).randbytes(1 << 19).hex().encode()})
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry, tail = whole[start:end], bytearray(whole[end:])
    tail[8:12] = 2 * copies.to_bytes(2, "little")
    tail[12:16] = (len(entry) * copies).to_bytes(4, "little")
    return whole[:start] + entry * copies + bytes(tail)


def _within(times, body=b"a,b\r\n1,2\r\n"):
    """An archive within an archive, so many times."""
    for number in range(times):
        body = zipped({f"{number}.zip": body})
    return body


def _poorly_packed(size, seed):
    return random.Random(seed).randbytes(size // 2).hex().encode()


def _of_zips():
    """Six archives of sixteen large files: 230 MB."""
    inner = {f"{n}.csv": b"a,b\r\n" + _poorly_packed(20_000, n) * 120 for n in range(16)}
    packed = zipped(inner)
    return zipped({f"{n}.zip": packed for n in range(6)}, zipfile.ZIP_STORED)


def _directory(entries=60_000):
    """A directory of very many empty files."""
    one = zipped({"a": b""}, zipfile.ZIP_STORED)
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    tail = bytearray(one[end:])
    tail[8:12] = b"\xff\xff\xff\xff"
    tail[12:16] = ((end - start) * entries).to_bytes(4, "little")
    return one[:start] + one[start:end] * entries + bytes(tail)


def _changed(body, at, value):
    """An archive of one file, with a field of its directory's entry changed."""
    changed = bytearray(body)
    start = changed.index(b"PK\x01\x02") + at
    changed[start : start + len(value)] = value
    return bytes(changed)


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
_ONE = "<sheetData><row><c><v>1</v></c></row></sheetData>"
_LONG = f"<si><t>{'ab' * 50_000}</t></si>"


def _cells(references):
    return with_sheet(cells(*references))


def workbooks():
    """Workbooks: kind -> bytes."""
    wide = "".join(f"<c><v>{n}</v></c>" for n in range(16_384))
    deep = "".join(f"<a{n}>" for n in range(5_000)).encode()
    flood = " ".join(f'a{n}="{n}"' for n in range(50_000)).encode()
    names = "".join(f"<si><t>text {n}</t></si>" for n in range(250_000))
    return {
        "far cell": _cells(["A1", FAR]),
        "far column": _cells(["A1", "XFD600"]),
        "far row": _cells(["A1", "B1048576"]),
        "far cell, small dimension": with_sheet('<dimension ref="A1:B2"/>' + cells("A1", FAR)),
        "far cell, no place": with_sheet(f'<sheetData><row r="9999999">{wide}</row></sheetData>'),
        "rows out of order": _cells(["A9", "B1", "XFD3", "A1"]),
        "16,384 columns": with_sheet(f"<sheetData><row>{wide}</row></sheetData>"),
        "thousands of sheets": with_sheet(_ONE, sheets=3_000),
        "one part, many sheets": with_sheet(numbers(400, 100), sheets=199),
        "merged cells": with_sheet(_ONE + f"<mergeCells>{MERGED * 20_000}</mergeCells>"),
        "merged whole sheet": with_sheet(_ONE + f"<mergeCells>{MERGED * 50}</mergeCells>"),
        "shared texts": with_sheet(_ONE, strings=names),
        "one text, shared": with_sheet(numbers(300, 100, "s", 2), strings=_LONG * 2),
        "entities": with_sheet(
            _ONE, more={"xl/x.xml": f"<!DOCTYPE a [{_LAUGHS}]><a>&l9;</a>".encode()}
        ),
        "elements within elements": with_sheet(_ONE, more={"xl/x.xml": deep}),
        "attributes": with_sheet(_ONE, more={"xl/x.xml": b"<a %b/>" % flood}),
        "much of nothing": with_sheet(_ONE, more={"xl/x.xml": b"<a>" + b" " * (20 << 20)}),
    }


MERGED = f'<mergeCell ref="A1:{FAR}"/>'


def open_documents():
    """Tables of OpenDocument: kind -> bytes."""
    empty = row("<table:table-cell/>", 1_048_570)
    return {
        "repeated cell": open_document(row(repeated(16_384), 1_048_576)),
        "repeated for ever": open_document(row(repeated(10**18), 10**18)),
        "far cell": open_document(row(repeated(2)), empty, row(repeated(2))),
        "repeated text": open_document(row(repeated(900).replace(">x<", f">{'x' * 9_000}<"), 900)),
        "table within": open_document(row(repeated(900), 9_999), '<table:table table:name="b"/>'),
    }


def archives():
    """Zips: kind -> bytes."""
    plain = zipped({"a.csv": b"a,b\r\n1,2\r\n"})
    return {
        "zeros": zipped({f"{n}.csv": b"0" * (8 << 20) for n in range(4)}),
        "zips in zips": _within(9),
        "a zip of zips": _of_zips(),
        "overlapping": _overlapping(),
        "thousands of files": zipped({f"{n}.csv": b"a,b\r\n1,2\r\n" for n in range(3_000)}),
        "a long directory": _directory(),
        "encrypted": _changed(plain, 8, b"\x01\x00"),
        "another method": _changed(plain, 10, b"\x0e\x00"),
        "larger than it says": _changed(plain, 24, b"\x01\x00\x00\x00"),
        "smaller than it says": _changed(plain, 24, b"\xff\xff\xff\x7f"),
        "a workbook": zipped({"b.xlsx": _cells(["A1", FAR])}),
        "one line": zipped({"a.csv": b"a,b\r\n" + _poorly_packed(20_000, 9) * 1_600}),
    }


def binary_workbooks():
    """XLS: kind -> bytes."""
    return {
        "nothing inside": b"\xd0\xcf\x11\xe0" + bytes(5_000),
        "far cells": binary_workbook([(0, 0), (65_535, 255)]),
        "far cells in fifty sheets": binary_workbook([(0, 0), (65_535, 255)], sheets=50),
        "far rows": binary_workbook([(0, 0), (65_535, 12)]),
        "ten thousand sheets": binary_workbook([(0, 0)], sheets=10_000),
    }


def binary_workbook(cells, sheets=1):
    """A BIFF8 workbook in a compound file: a number in each cell of each sheet (MS-XLS, MS-CFB)."""
    end = _record(0x000A)
    table = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + b"".join(
        _record(0x0203, struct.pack("<HHHd", row, column, 0, 1.5)) for row, column in cells
    )
    table += end
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    names = [f"{number:05}".encode() for number in range(sheets)]
    first = len(begin) + sum(4 + 8 + len(name) for name in names) + len(end)
    globals_ = begin + b"".join(
        _record(0x0085, struct.pack("<IBBBB", first + n * len(table), 0, 0, len(name), 0) + name)
        for n, name in enumerate(names)
    )
    return _compound(globals_ + end + table * sheets)


def _record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def _compound(stream):
    """A compound file with one stream named Workbook: header, directory, stream, sector table."""
    stream = stream.ljust(4096, b"\0")  # smaller ones would go to a stream of small sectors
    data = -(-len(stream) // 512)
    tables = -(-(1 + data) // 127)
    free, last, of_table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        tables,
        0,
        0,
        4096,
        last,
        0,
        last,
        0,
    )
    places = [1 + data + n for n in range(tables)] + [free] * (109 - tables)
    header += struct.pack("<109I", *places)
    directory = _entry("Root Entry", 5, last, 0, 1) + _entry("Workbook", 2, 1, len(stream), free)
    chain = [last, *range(2, 1 + data), last] + [of_table] * tables
    chain += [free] * (-len(chain) % 128)
    return (
        header
        + directory.ljust(512, b"\0")
        + stream.ljust(data * 512, b"\0")
        + struct.pack(f"<{len(chain)}I", *chain)[: tables * 512]
    )


def _entry(name, kind, start, size, child):
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII36xIQ", text, len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, start, size
    )


def texts():
    """CSV: kind -> bytes."""
    return {
        "a quote without end": b'a,b\r\n1,"' + b"x" * (2 << 20),
        "quotes without end": b"a,b\r\n" + b'1,"\r\n' * 40_001,
        "one long line": b"a,b\r\n" + b"x" * (4 << 20),
        "a million columns": b"a," * 1_000_000 + b"b\r\n",
        "a million rows": b"a,b\r\n" * 1_000_000,
        "a million commas": b'a,b\r\n1,"' + b"," * 1_100_000 + b'"\r\n',
        "a mark twice": b"\xef\xbb\xbf\xef\xbb\xbfScope,Value\r\n1,2\r\n",
        "two encodings": "año,señal\r\n".encode("utf-16") + "año,señal\r\n".encode() * 9,
        "half a character": "año,señal\r\n".encode("utf-16")[:-1],
        "no encoding": b"a\xf1o,\xff\r\n" * 700_000,
        "nothing but nought": bytes(1 << 20),
    }


def every():
    """All of them, as they are sent: kind -> name of the file, bytes."""
    return {
        f"{ending}: {kind}": (f"4_notices.{ending}", body)
        for ending, made in (
            ("xlsx", workbooks()),
            ("ods", open_documents()),
            ("zip", archives()),
            ("csv", texts()),
        )
        for kind, body in made.items()
    } | {f"xls: {kind}": ("4_notices.xls", body) for kind, body in binary_workbooks().items()}
