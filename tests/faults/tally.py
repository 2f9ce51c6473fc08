"""The table of docs/reliability.md from what the suite noted: python -m tests.faults.tally FILE."""

import sys
from collections import Counter
from pathlib import Path


def main():
    tried, recovered, refused = Counter(), Counter(), Counter()
    for line in Path(sys.argv[1]).read_text().splitlines():
        kind, *numbers = line.split("\t")
        for counts, number in zip((tried, recovered, refused), numbers, strict=True):
            counts[kind] += int(number)
    print("| fault | tried | went on by itself | refused, with the reason | lost |")
    print("|---|---|---|---|---|")
    for kind in sorted(tried):
        lost = tried[kind] - recovered[kind] - refused[kind]
        print(f"| {kind} | {tried[kind]:,} | {recovered[kind]:,} | {refused[kind]:,} | {lost} |")
    print(
        f"| **all** | {tried.total():,} | {recovered.total():,} | {refused.total():,} | "
        f"{tried.total() - recovered.total() - refused.total()} |"
    )


if __name__ == "__main__":
    main()
