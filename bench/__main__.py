"""The benchmarks: all of them, or those that are named. Figures go to docs/benchmarks.md by hand.

`python -m bench.NAME` runs one with options of its own, if it has any.
"""

import argparse
from importlib import import_module

from bench.machine import described

NAMES = (
    "start",
    "intake",
    "forward",
    "strikes",
    "labels",
    "log",
    "search",
    "observatory",
    "wave",
    "witness",
    "monitor",
    "report",
    "routes",
)


def _first_line(name):
    return (import_module(f"bench.{name}").__doc__ or "").partition("\n")[0]


def main():
    """Run what was asked for, in the order of NAMES; nothing named is everything."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="\n".join(f"{name:12} {_first_line(name)}" for name in NAMES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of those below")
    asked = parser.parse_args().names
    if unknown := sorted(set(asked) - set(NAMES)):
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    print(described())
    for name in NAMES:
        if not asked or name in asked:
            import_module(f"bench.{name}").run()


if __name__ == "__main__":
    main()
