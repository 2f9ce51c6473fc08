"""Where and when a figure was taken, and how a table is printed."""

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path


def described():
    """One line for docs/benchmarks.md."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    cpu = names[0] if names else platform.processor()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({cpu}), {platform.system()}, "
        f"Python {sys.version.split()[0]}"
    )


def table(title, head, rows):
    """A table in Markdown."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.stdout.flush()


def asked_nothing(doc):
    """A benchmark that takes nothing on its command line, and says so to whoever asks."""
    parser_of(doc).parse_args()


def asked_number(doc, default, name):
    """The one number that a benchmark takes on its command line."""
    parser = parser_of(doc)
    parser.add_argument("number", nargs="?", type=int, default=default, metavar=name)
    return parser.parse_args().number


def asked_names(doc, name):
    """The names that a benchmark takes on its command line."""
    parser = parser_of(doc)
    parser.add_argument("names", nargs="*", metavar=name)
    return parser.parse_args().names


def parser_of(doc):
    """The parser of a benchmark's command line, whose help says what is measured, and how."""
    name = sys.modules["__main__"].__spec__.name.removesuffix(".__main__")
    return argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
