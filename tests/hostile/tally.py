"""What attacks came to: each test notes one line, `make attack` prints them as a table.

`python -m tests.hostile.tally FILE` prints the table of docs/reliability.md.
"""

import os
import sys
from pathlib import Path

FILE = os.environ.get("AMPARO_ATTACK_TALLY", "")


def tally(attack, tried, worst):
    """Note an attack that was held: what was sent, and the worst that it cost."""
    if FILE:
        with Path(FILE).open("a") as file:
            file.write(f"{attack}\t{tried}\t{worst}\n")


def main():
    print("| attack | tried | held | worst cost |")
    print("|---|---|---|---|")
    for line in sorted(set(Path(sys.argv[1]).read_text().splitlines())):
        attack, tried, worst = line.split("\t")
        print(f"| {attack} | {tried} | yes | {worst} |")


if __name__ == "__main__":
    main()
