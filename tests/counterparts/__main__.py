"""The connectors' tests against all real software that can be had here: `make counterparts`.

Each counterpart is installed once into `.counterparts` by its registry's ordinary client, and its
tests are run. One that cannot be had is named with the reason, and the others go on. Exit status: 0
all that could be had passed; 1 otherwise.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from tests.counterparts import mediawiki, npm, pds, synapse

ROOT = Path(__file__).parents[2]
INSTALL_SECONDS, TEST_SECONDS = 900, 900


class Counterpart(NamedTuple):
    """Software made by others, and what of ours is tried with it."""

    name: str
    version: Callable[[], str]
    install: Callable[[], object]
    tests: tuple[str, ...]
    tried: str


class Row(NamedTuple):
    """A line of the table."""

    name: str
    version: str
    tried: str
    result: str
    is_good: bool = True


def _npm(name: str) -> Callable[[], object]:
    return lambda: npm.install(name, INSTALL_SECONDS)


def _wiki() -> None:
    lacking = mediawiki.php_lacks()
    if lacking:
        raise OSError(f"PHP is missing here: apt-get install {' '.join(lacking)}")
    if not mediawiki.is_installed():
        mediawiki.install(INSTALL_SECONDS)


def _synapse() -> None:
    if not synapse.is_installed():
        synapse.install(INSTALL_SECONDS)


COUNTERPARTS = (
    Counterpart(
        "Skyware labeler",
        lambda: npm.version("skyware", "@skyware/labeler"),
        _npm("skyware"),
        ("tests/connect/test_skyware.py",),
        "stream of labels, signatures, withdrawal",
    ),
    Counterpart(
        "Ozone",
        lambda: npm.version("ozone", "@atproto/ozone"),
        _npm("ozone"),
        ("tests/connect/test_ozone_real.py",),
        "events read; orders carried out; read back; answers sent",
    ),
    Counterpart(
        "Ozone with a PDS",
        lambda: ", ".join(npm.version("pds", f"@atproto/{name}") for name in ("ozone", "pds")),
        pds.install,
        ("tests/connect/test_ozone_pds_real.py",),
        "signed in there; takedown; letter delivered; given back",
    ),
    Counterpart(
        "MediaWiki",
        mediawiki.version,
        _wiki,
        ("tests/connect/test_mediawiki_real.py",),
        "log of blocks, deletions, protections; read back",
    ),
    Counterpart(
        "Mastodon",
        lambda: "4.7.3, 4.8.0-alpha.3",
        lambda: None,
        ("tests/connect/test_mastodon_recorded.py",),
        "recorded answers, by Mastodon.py 2.3.3",
    ),
    Counterpart(
        "Synapse",
        synapse.version,
        _synapse,
        ("tests/connect/test_synapse_real.py",),
        "accounts, rooms, media; carried out; read back",
    ),
)
NOT_TRIED = (
    Row("Discourse", "-", "-", "not tried: its software cannot be had here; a stand-in of ours"),
    Row("Lemmy", "-", "-", "not tried: its software cannot be had here; a stand-in of ours"),
    Row("Cinder", "-", "-", "not tried: it is a service; a stand-in signs and posts as it does"),
    Row("Coop", "-", "-", "not tried: it needs several databases; a stand-in speaks its protocol"),
)


def main() -> int:
    rows = [_try(one) for one in COUNTERPARTS]
    print(f"\n{datetime.now(UTC):%d %B %Y}\n")
    head = Row("software", "version", "what was tried", "result")
    for row in (head, *rows, *NOT_TRIED):
        print(f"| {row.name:<16} | {row.version:<20} | {row.tried:<56} | {row.result} |")
    return 0 if all(row.is_good for row in rows) else 1


def _try(one: Counterpart) -> Row:
    print(f"{one.name} ...", file=sys.stderr, flush=True)
    try:
        one.install()
    except (OSError, subprocess.SubprocessError) as error:
        return Row(one.name, "-", one.tried, f"could not be had: {error}")
    began = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report.name}")
        try:
            done = subprocess.run(
                [sys.executable, *words, *one.tests],
                cwd=ROOT,
                stdout=sys.stderr,
                timeout=TEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Row(one.name, one.version(), one.tried, "did not end", is_good=False)
        if done.returncode not in (0, 1):  # there is no report
            return Row(one.name, one.version(), one.tried, "could not be run", is_good=False)
        suite = ET.parse(report.name).getroot()[0]
    number, skipped = (int(suite.get(name, 0)) for name in ("tests", "skipped"))
    seconds = round(time.monotonic() - began)
    if done.returncode or skipped:
        result = f"{skipped} of {number} were skipped" if skipped else "failed"
        return Row(one.name, one.version(), one.tried, result, is_good=False)
    return Row(
        one.name,
        one.version(),
        one.tried,
        f"{number} {'test' if number == 1 else 'tests'} passed, {seconds} s",
    )


if __name__ == "__main__":
    sys.exit(main())
