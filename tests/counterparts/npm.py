"""Programs for Node.js, as the lock file of their folder pins them; no script of theirs runs."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".counterparts"
NODE = compute_driver_executable()[0]


def folder_of(name):
    """Where a counterpart's packages lie, or would; named by the versions that are pinned."""
    locked = (HERE / name / "package-lock.json").read_bytes()
    return INSTALLED / f"{name}-{hashlib.sha256(locked).hexdigest()[:12]}"


def version(name, package):
    """Which version of a package is pinned."""
    locked = json.loads((HERE / name / "package-lock.json").read_text())
    return locked["packages"][f"node_modules/{package}"]["version"]


def is_installed(name):
    return (folder_of(name) / "node_modules" / ".package-lock.json").exists()


def installed(name):
    """The same, of one that is there; its scripts are those of this version."""
    for script in (HERE / name).glob("*.mjs"):
        shutil.copy(script, folder_of(name))
    return folder_of(name)


def install(name, seconds=300):
    """The folder in which a counterpart's packages lie."""
    folder = folder_of(name)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may install it just now
        if not is_installed(name):
            for file in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name / file, folder)
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder,
                check=True,
                timeout=seconds,
            )
    return installed(name)
