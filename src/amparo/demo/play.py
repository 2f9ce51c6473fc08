"""Plays the whole story into a new folder: eighteen months, up to this moment.

It is made beside its place and moved there when it is complete: who interrupts it finds nothing,
and begins anew; who starts it a second time meanwhile is told so. While it is made nothing waits
for the disk, since nobody could miss any of it.
"""

# SPDX-License-Identifier: Apache-2.0

import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from amparo.demo import box, coalition, everyday, saved_texts
from amparo.demo.director import Director, Life
from amparo.demo.hearings import Hearings
from amparo.demo.matters import FORO
from amparo.demo.newcomer import Newcomer
from amparo.demo.reports import Reports
from amparo.demo.resolutions import Resolutions
from amparo.demo.stage import Stage
from amparo.demo.threat import Threat
from amparo.demo.wave import Wave
from amparo.errors import Refused
from amparo.ledger.case import casework, figures_check, figures_published
from amparo.ledger.coalition import charters
from amparo.ledger.log import into_observatory, platforms, totals
from amparo.ledger.upkeep.demonstration import Part, set_cast
from amparo.observatory import findings
from amparo.storage.durable import locked
from amparo.storage.journal import Journal
from amparo.storage.node import Node, check_is_demonstration, create_node, open_node
from amparo.storage.settings import FILE

DAYS = 548
"""How long the story is: eighteen months."""
MOST_SECONDS = 20.0
"""How long each part of looking at its own record may keep a demonstration from beginning."""
_AT_OTHER_DESKS = ("bruno", "marta", "kim", "noor")
"""Two at each: who answers a report does not review the complaint about that answer."""
_WITH_A_SEAT = ("rosa", "lea", "ada", *_AT_OTHER_DESKS)


def node_in(folder: Path, *, log_url: str, witness_url: str, tell: Callable[[str], None]) -> Node:
    """The demonstration in a folder, played if there is none yet; `Refused` for a real node.

    `log_url`, `witness_url`: where its log and the witnesses of its coalition are reached.
    """
    if not (folder / FILE).exists():
        tell("Playing eighteen months of a made-up coalition (some seconds) ...")
        _make(folder, log_url=log_url, witness_url=witness_url)
    node = create_node(folder)
    check_is_demonstration(node, wanted=True)
    return node


def witness_port(folder: Path) -> int:
    """Where the witnesses of a demonstration that is there listen; 0: anywhere, it is yet to be."""
    if not (folder / FILE).exists():
        return 0
    node = open_node(folder)
    check_is_demonstration(node, wanted=True)
    witnesses = [party.witness for party in charters.current(node).member if party.witness]
    return urlsplit(witnesses[0].url).port or 0


def _make(folder: Path, *, log_url: str, witness_url: str) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty.",
            why="a demonstration is made in a folder of its own",
            fix="Name another one with --data.",
        )
    folder = folder.resolve()
    making = folder.with_name(f".{folder.name}.new")
    making.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(making, "play", fix="Let it finish; then start this one again."):
        _clear(making)
        node = create_node(making, demonstration=True)
        with closing(Journal(node.journal)) as journal:
            journal.db.execute("PRAGMA synchronous = OFF")
            node = coalition.found(node, journal, log_url=log_url, witness_url=witness_url)
            now = casework.now()
            box.make(node, now)
            play(node, journal, now, box_url=f"{witness_url}/")
        _observed(open_node(making))
        making.rename(folder)  # in the place of an empty one


def _observed(node: Node) -> None:
    """Count its record, and look for waves in it: whoever opens the first page sees its own.

    Where that fails or takes long, the node does it once it has begun.
    """
    with suppress(OSError, subprocess.SubprocessError):
        for command in (into_observatory.command(node), findings.command(node.lake)):
            subprocess.run(command, check=True, capture_output=True, timeout=MOST_SECONDS)
        with closing(Journal(node.journal)) as journal:
            into_observatory.entered(journal)


def _clear(folder: Path) -> None:
    """Remove what an interrupted play has left."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def play(node: Node, journal: Journal, end: datetime, *, box_url: str) -> None:
    """Play the story up to a moment, and leave its cast."""
    figures_check.count_on(journal)  # as a new node does at once
    director = Director(journal, end - timedelta(days=DAYS), end)
    stage = Stage(node, journal, director)
    wave, threat, hearings = Wave(stage), Threat(stage), Hearings(stage)
    newcomer, resolutions = Newcomer(stage), Resolutions(stage)
    everyday.begin(stage, director, end, DAYS)
    for story in (wave, threat, hearings, newcomer, resolutions, Reports(stage)):
        story.begin(director, end)
    director.enter(_counted(journal, end), end)
    director.play()
    saved_texts.keep(stage)
    people = {name: stage.person(name).id for name in _WITH_A_SEAT}
    set_cast(
        journal,
        (
            Part("ana", wave.ana),
            Part("beto", threat.beto),
            Part("cleo", newcomer.cleo),
            Part("reviewer", "/desk", people["rosa"]),
            Part("lead", "/desk/groups", people["lea"]),
            Part("panelist", "/panel", stage.person(hearings.judge).id),
            Part("registrar", "/registrar", people["ada"]),
            Part("compliance", "/desk/report", people["lea"]),
            *(Part(name, "/desk", people[name]) for name in _AT_OTHER_DESKS),
            Part("engineer", "/demo/engineer", 0, _token(stage)),
            Part("journalist", "/observatory"),
            Part("source", box_url),
            Part("member", "/demo/member", 0, resolutions.missing),
        ),
    )


def _counted(journal: Journal, end: datetime) -> Life:
    """At the end it is counted, as a node does it every day."""
    totals.publish(journal, end)
    figures_published.publish(journal, end)
    yield from ()


def _token(stage: Stage) -> str:
    return platforms.new_token(stage.journal, stage.platforms[FORO])
