"""Fuzz one reader: `python -m tests.fuzz.run NAME`; ends with status 0 if nothing was found.

Atheris (libFuzzer) bends the seeds, guided by which lines of this project they reach. The same
--seed bends the same inputs; without it each run draws another.
"""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["amparo"]):
    from tests.fuzz.targets import TARGETS

    from amparo.errors import AmparoError

    PARSER = argparse.ArgumentParser()
    PARSER.add_argument("name", choices=TARGETS)
    PARSER.add_argument("--runs", type=int, default=10_000)
    PARSER.add_argument("--seed", type=int, default=0, help="0 draws one")
    ASKED = PARSER.parse_args()
    READ, SEEDS = TARGETS[ASKED.name]()


def one(data):
    with contextlib.suppress(AmparoError):
        READ(data)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS):
            one(seed)
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        options = [
            f"-atheris_runs={ASKED.runs}",
            "-max_len=100000",
            "-timeout=20",
            "-rss_limit_mb=3000",
            f"-artifact_prefix={folder}/found-",
            "-print_final_stats=1",
            f"-seed={ASKED.seed}",
        ]
        atheris.Setup([sys.argv[0], *options, folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
