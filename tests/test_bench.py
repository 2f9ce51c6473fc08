"""A benchmark that is asked what it does says so, instead of beginning to measure."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    str(file.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__main__")
    for file in (ROOT / "bench").rglob("*.py")
    if file.name == "__main__.py" or 'if __name__ == "__main__":' in file.read_text()
)


def test_every_benchmark_is_asked():
    assert {"bench", "bench.forward", "bench.load", "bench.start"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_benchmark_says_what_it_measures_before_it_does(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    head, _, rest = done.stdout.partition("\n")
    assert head.startswith(f"usage: python -m {module} ")
    assert len(rest.split()) > 15
    assert "###" not in done.stdout
