"""A day's dump to Parquet, series, digests and checks; and how long a chart takes.

    python -m bench.observatory [DUMP] [--shantay PROGRAM ARCHIVE]

Without DUMP a day is made up. Each case runs in a process of its own, so that its peak memory is
its own; compare within one run only. `--shantay` runs shantay's `summarize` (Python 3.12 or newer,
in an environment of its own) on an archive that holds the same day in shantay's layout.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from statistics import median

from bench.machine import described, parser_of, table

ROUNDS = 3
ROWS = 200_000
PIECE = 20_000
GOAL, FLOOR, MOST_MEGABYTES, CHART_MS = 25, 12, 1024, 100


def inflate(dump):
    """Only inflating every piece: a floor under whatever reads it."""
    with zipfile.ZipFile(dump) as outer:
        for part in outer.namelist():
            with zipfile.ZipFile(outer.open(part)) as inner:
                for name in inner.namelist():
                    inner.read(name)


def parse(dump):
    """Inflating and pyarrow's reader, no checks and nothing written."""
    import pyarrow as pa
    from pyarrow import csv

    with zipfile.ZipFile(dump) as outer:
        for part in outer.namelist():
            with zipfile.ZipFile(outer.open(part)) as inner:
                for name in inner.namelist():
                    csv.read_csv(pa.BufferReader(inner.read(name)))


def add(dump):
    """`amparo observe add`: Parquet, every count, digest and check."""
    from amparo.observatory.lake.lake import Lake

    with tempfile.TemporaryDirectory() as folder:
        Lake(Path(folder)).add(Path(dump))


def add_ten(dump):
    """The same day ten times under other names: cost must be ten times one."""
    from amparo.observatory.lake.lake import Lake

    with tempfile.TemporaryDirectory() as folder:
        for day in range(1, 11):
            copy = Path(folder) / f"sor-global-2025-01-{day:02d}-full.zip"
            shutil.copy(dump, copy)
            Lake(Path(folder) / "lake").add(copy)


CASES = {"inflate": inflate, "parse": parse, "add": add, "add_ten": add_ten}


def measured(name, dump):
    """Seconds, processor seconds and peak megabytes of one case, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.observatory", "--case", name, dump],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def one_case(name, dump):
    begun = time.perf_counter()
    CASES[name](dump)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "processor": spent.ru_utime + spent.ru_stime,
                "megabytes": spent.ru_maxrss / 1024,
            }
        )
    )


def shantay(program, archive):
    """The peer's summary of the same day: wall seconds and peak megabytes."""
    with tempfile.TemporaryDirectory() as place:
        home, staging = Path(place) / "home", Path(place) / "staging"
        (home / ".shantay").mkdir(parents=True)
        staging.mkdir()
        for left in {*Path(archive).glob("db.*"), *Path(archive).glob("*.stats")}:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        day = next(Path(archive).rglob("*-full.zip")).name.removeprefix("sor-global-")[:10]
        begun = time.perf_counter()
        words = ["--archive", archive, "--staging", str(staging), "--first", day, "--last", day]
        words += ["--offline", "--logfile", str(Path(place) / "log"), "summarize"]
        environment = {**os.environ, "HOME": str(home)}
        subprocess.run([program, *words], env=environment, capture_output=True, check=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return {"seconds": time.perf_counter() - begun, "processor": None, "megabytes": peak}


def made_up(folder):
    """A day of made-up statements, in the dialect of the real dumps."""
    from tests.observatory.dump import dump, row

    names = [f"Platform {n}" for n in range(40)]
    rows = [row(n, platform=names[n % 40]) for n in range(PIECE)]
    return dump(Path(folder), [rows] * (ROWS // PIECE))


def charts():
    """Milliseconds of every measure over all days of the series that ship, two platforms."""
    from amparo.observatory import queries

    engine = queries.open_engine()
    queries.figures(engine, queries.measure("statements"))
    took = []
    for name in queries.catalogue():
        begun = time.perf_counter()
        queries.figures(engine, queries.measure(name), ["*", "TikTok"])
        took.append(((time.perf_counter() - begun) * 1000, name))
    return sorted(took)


def at_the_server():
    """Milliseconds of a chart as SVG at a real server, beside a static file of the same server."""
    from tests.conftest import Served

    with tempfile.TemporaryDirectory() as folder:
        node = Served(Path(folder) / "node")
        node.http.get("/observatory")  # the first visitor makes what is kept
        took = {}
        for name, path in {
            "static file": "/static/amparo.css",
            "chart": "/observatory/data/account.suspended.svg?platform=X",
            "chart of six": "/observatory/data/account.suspended.svg?"
            + "&".join(
                f"platform={one}" for one in ("X", "TikTok", "Facebook", "Threads", "Temu", "*")
            ),
            "page of a platform": "/observatory/platform/tiktok",
        }.items():
            found = []
            for _ in range(15):
                begun = time.perf_counter()
                assert node.http.get(path).status_code == 200, path
                found.append((time.perf_counter() - begun) * 1000)
            took[name] = median(found)
        node.stop()
    return took


def _processor(found):
    if found[0]["processor"] is None:
        return ""
    return f"{median(r['processor'] for r in found):.1f} s"


def run(dump=None, peer=None):
    with tempfile.TemporaryDirectory() as folder:
        dump = dump or str(made_up(folder))
        size = Path(dump).stat().st_size / 1e6
        results = {name: [] for name in CASES}
        theirs = []
        for _ in range(ROUNDS):
            for name, found in results.items():
                found.append(measured(name, dump))
            if peer:
                theirs.append(shantay(*peer))
    if theirs:
        results["shantay summarize"] = theirs
    middle = {name: median(r["seconds"] for r in found) for name, found in results.items()}
    rows = [
        (
            name,
            f"{middle[name]:.1f} s",
            ""
            if found[0]["processor"] is None
            else f"{median(r['processor'] for r in found):.1f} s",
            f"{max(r['megabytes'] for r in found):,.0f} MB",
            f"{middle[name] / middle['inflate']:.1f}",
        )
        for name, found in results.items()
    ]
    table(
        f"One day ({Path(dump).name}, {size:.0f} MB), median of {ROUNDS}",
        ("case", "wall", "processor", "peak memory", "ratio to inflating alone"),
        rows,
    )
    if theirs:
        ratio = middle["shantay summarize"] / middle["add"]
        word = "reached" if ratio >= GOAL else "floor reached" if ratio >= FLOOR else "MISSED"
        print(f"\nshantay takes {ratio:.1f} times as long (goal {GOAL}, floor {FLOOR}): {word}.")
    print(
        f"\nTen days cost {middle['add_ten'] / middle['add']:.2f} times one. Peak memory "
        f"{max(r['megabytes'] for r in results['add'] + results['add_ten']):,.0f} MB "
        f"(goal under {MOST_MEGABYTES:,})."
    )
    served = at_the_server()
    table(
        "At the server, all 839 days, median of 15",
        ("what", "time", "ratio to a static file"),
        [(n, f"{ms:.0f} ms", f"{ms / served['static file']:.0f}") for n, ms in served.items()],
    )
    took = charts()
    worst, name = took[-1]
    print(
        f"{len(took)} measures over all days: median {took[len(took) // 2][0]:.0f} ms, slowest "
        f"{worst:.0f} ms ({name}); goal {CHART_MS} ms: "
        f"{'reached' if worst <= CHART_MS else 'MISSED'}."
    )


if __name__ == "__main__":
    parser = parser_of(__doc__)
    parser.add_argument("dump", nargs="?")
    parser.add_argument("--case")
    parser.add_argument("--shantay", nargs=2, metavar=("PROGRAM", "ARCHIVE"))
    options = parser.parse_args()
    if options.case:
        one_case(options.case, options.dump)
    else:
        print(described())
        run(options.dump, options.shantay)
