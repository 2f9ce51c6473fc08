"""Fuzz one reader: `python -m tests.fuzz.run NAME [RUNS]`; ends with status 0 if nothing was found.

Atheris (libFuzzer) bends the seeds, guided by which lines of this project they reach.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["amparo"]):
    from tests.fuzz.targets import TARGETS

    from amparo.errors import AmparoError

    NAME = sys.argv[1]
    READ, SEEDS = TARGETS[NAME]()


def one(data):
    with contextlib.suppress(AmparoError):
        READ(data)


def main():
    runs = sys.argv[2] if len(sys.argv) > 2 else "10000"
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS):
            one(seed)
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        options = [
            f"-atheris_runs={runs}", "-max_len=100000", "-timeout=20", "-rss_limit_mb=3000",
            f"-artifact_prefix={folder}/found-", "-print_final_stats=1", "-seed=7",
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options, folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
