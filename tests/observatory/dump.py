"""Daily dumps as the EU database writes them: PHP's quoting, CSV in zips in a zip, a digest beside."""

import hashlib
import io
import json
import random
import zipfile

import duckdb
from pyarrow import parquet

from amparo.observatory.lake.schema import COLUMNS
from amparo.record.decision import DATES, LISTS
from amparo.record.specimen import specimen

DAY = "2025-11-03"
LIGHT = {
    "illegal_content_explanation",
    "incompatible_content_explanation",
    "territorial_scope",
    "decision_facts",
}


def row(number, platform="Foro", day=DAY, **changes):
    """One row: column -> cell, as the database would export it."""
    sent = specimen(random.Random(number), f"own-{number}")
    sent["platform_uid"] = sent.pop("puid")
    cells = dict.fromkeys(COLUMNS, "")
    for name, value in sent.items():
        if name in LISTS:
            cells[name] = json.dumps(value, separators=(",", ":"))
        elif name in DATES:
            cells[name] = f"{value} 00:00:00"
        else:
            cells[name] = value
    cells |= {
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "platform_name": platform,
        "created_at": f"{day} 12:00:{number % 60:02d}",
    }
    return cells | changes


def quoted(cell):
    """As PHP's fputcsv does it: a quote after a backslash is not doubled."""
    if not any(c in cell for c in '," \\\t\r\n"'):
        return cell
    text, after = "", ""
    for c in cell:
        text += '""' if c == '"' and after != "\\" else c
        after = c
    return f'"{text}"'


def csv_of(rows, columns=COLUMNS):
    lines = [",".join(columns)]
    lines += [",".join(quoted(one[name]) for name in columns) for one in rows]
    return "\n".join(lines).encode()


def dump(folder, pieces, *, slug="global", day=DAY, version="full", sha1=True, names=None):
    """Write a dump; `pieces` are lists of rows or ready bytes, two pieces a part."""
    columns = [c for c in COLUMNS if version == "full" or c not in LIGHT]
    path = folder / f"sor-{slug}-{day}-{version}.zip"
    stem = path.name.removesuffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as outer:
        for part, first in enumerate(range(0, len(pieces), 2)):
            number = names[part] if names else part
            body = io.BytesIO()
            with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as inner:
                for place, piece in enumerate(pieces[first : first + 2]):
                    raw = piece if isinstance(piece, bytes) else csv_of(piece, columns)
                    inner.writestr(f"{stem}-{number:05d}-{place:05d}.csv", raw)
            outer.writestr(f"{stem}-{number:05d}.csv.zip", body.getvalue())
    if sha1:
        digest = hashlib.sha1(path.read_bytes()).hexdigest()
        path.with_name(f"{path.name}.sha1").write_text(f"{digest}  {path.name}")
    return path


def daily(lake, day=DAY):
    """(platform, metric) -> value."""
    found = {}
    for path in lake.series():
        query = f"SELECT platform, metric, value FROM '{path}' WHERE date = '{day}'"
        found |= {(p, m): v for p, m, v in duckdb.sql(query).fetchall()}
    return found


def statements(lake):
    [path] = (lake.folder / "statements").glob("date=*/*")
    return parquet.read_table(path)
