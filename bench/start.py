"""How long a person waits for the command line."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.machine import asked_nothing, described, table

ROUNDS = 15


def fastest(*words):
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(words, capture_output=True, check=True)
        took.append(time.perf_counter() - begun)
    took.sort()
    return took[0] * 1000, took[len(took) // 2] * 1000


def run():
    amparo = str(Path(sys.executable).parent / "amparo")
    with tempfile.TemporaryDirectory() as place:
        data = str(Path(place) / "node")
        subprocess.run(
            [amparo, "platform", "add", "Foro", "--data", data], check=True, capture_output=True
        )
        seen = [
            ("a Python that does nothing", None, fastest(sys.executable, "-c", "")),
            ("amparo --help", 100, fastest(amparo, "--help")),
            ("amparo log vkey", 250, fastest(amparo, "log", "vkey", "--data", data)),
            ("amparo platform list", 250, fastest(amparo, "platform", "list", "--data", data)),
        ]
    table(
        "Start-up",
        ("command", "fastest", "median", "ratio to bare Python", "goal"),
        [
            (
                what,
                f"{best:.0f} ms",
                f"{half:.0f} ms",
                f"{half / seen[0][2][1]:.1f}",
                "" if goal is None else f"{goal} ms: {'reached' if half <= goal else 'MISSED'}",
            )
            for what, goal, (best, half) in seen
        ],
    )


if __name__ == "__main__":
    asked_nothing(__doc__)
    print(described())
    run()
