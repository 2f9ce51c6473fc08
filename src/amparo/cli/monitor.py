"""`amparo monitor`: follow many logs, and tell of every fault, with its proof."""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.cli import files
from amparo.cli.options import close, own_folder
from amparo.cli.progress import bar

if TYPE_CHECKING:
    from amparo.coalition.trusted_log import LogState, Watched
    from amparo.ledger.coalition.monitor import Look
    from amparo.ledger.coalition.monitor_state import Found
    from amparo.ledger.coalition.rounds import Judged

EVERY_SECONDS = 60
_readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option(
    "--charter",
    "charter_files",
    type=_readable,
    multiple=True,
    help="A coalition's charter: every version, in order.",
)
@click.option("--root", help="The digest of the first charter, as a member told it to you.")
@click.option(
    "--node",
    type=click.Path(file_okay=False, path_type=Path),
    help="Take the charter that the node in this folder follows.",
)
@click.option(
    "--policy",
    "policies",
    type=_readable,
    multiple=True,
    help="Logs and witnesses from a C2SP tlog-policy file; several times.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("monitor"),
    show_default=True,
    envvar="AMPARO_MONITOR",
    callback=own_folder,
    help="The monitor's folder.",
)
@click.option("--once", is_flag=True, help="Look once; exit 1 if any fault is open.")
@click.option(
    "--every",
    type=click.IntRange(1),
    default=EVERY_SECONDS,
    show_default=True,
    help="Seconds from one look to the next.",
)
@click.option(
    "--openings",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Decisions a look whose reasons are compared with the log.",
)
@click.option("--foreign", is_flag=True, help="Logs of something else: judge no entry's content.")
@click.option("--mail", "addresses", multiple=True, metavar="ADDRESS", help="Tell this address.")
@click.option(
    "--smtp",
    envvar="AMPARO_SMTP",
    default="smtp://localhost",
    show_default=True,
    help="The mail server.",
)
@click.option(
    "--sender",
    envvar="AMPARO_SENDER",
    default="amparo@localhost",
    show_default=True,
    help="From whom the mail comes.",
)
@click.option(
    "--webhook",
    "hooks",
    multiple=True,
    metavar="URL",
    help="Tell this address by a signed request.",
)
@click.option(
    "--webhook-secret",
    envvar="AMPARO_WEBHOOK_SECRET",
    default="",
    help="whsec_..., with which requests are signed.",
)
@click.option("--private", is_flag=True, help="Allow webhooks inside a private network.")
def monitor(
    urls: tuple[str, ...],
    charter_files: tuple[Path, ...],
    root: str | None,
    node: Path | None,
    policies: tuple[Path, ...],
    data: Path,
    every: int,
    openings: int,
    addresses: tuple[str, ...],
    smtp: str,
    sender: str,
    hooks: tuple[str, ...],
    webhook_secret: str,
    *,
    once: bool,
    foreign: bool,
    private: bool,
) -> None:
    """Follow logs: all of a charter or a policy, or only those at the URLs.

    They are looked at side by side, so that a slow one delays no other. Each look fetches
    everything that a checkpoint implies and is new, checks the rules of every entry and the reasons
    of some, and compares with what the witnesses have seen. Faults are printed, kept with their
    proof in DATA/evidence (judge one with `amparo witness judge FILE`), and told by mail, webhook,
    and the Atom feed DATA/faults.atom. A node whose `monitor` setting names the folder shows the
    health of all logs at /coalition.
    """
    from amparo.ledger.coalition import monitor_alarms
    from amparo.ledger.coalition.monitor_state import OWN, MonitorState
    from amparo.ledger.coalition.rounds import Rounds
    from amparo.ledger.outbound.mail import Mail
    from amparo.storage.durable import locked

    watched = _watched(urls, charter_files, root, node, policies)
    alarms = monitor_alarms.Alarms(
        Mail(smtp, sender) if addresses else None,
        addresses,
        tuple(monitor_alarms.hook(url, webhook_secret, private=private) for url in hooks),
    )
    data.mkdir(parents=True, exist_ok=True)
    close(data, OWN)
    with locked(data / "monitor.lock", "monitor"):
        monitor_state = MonitorState(data, watched)
        silent: set[str] = set()
        rounds = Rounds(monitor_state, _looker(openings, silent, foreign=foreign))
        try:
            while True:
                due = time.monotonic() + every
                silent.clear()
                rounds.begin()
                for judged in rounds.judged(None if once else due):
                    _show(judged)
                for error in monitor_alarms.tell(monitor_state, alarms, int(time.time())):
                    click.echo(f"amparo: {error.what} {error.why}", err=True)
                if once:
                    break
                time.sleep(max(0.0, due - time.monotonic()))
            if monitor_state.open_faults():
                raise SystemExit(1)
        except KeyboardInterrupt:
            if once:
                raise  # otherwise Ctrl-C is how one ends it
        finally:
            monitor_state.close()


def _looker(
    openings: int, silent: set[str], *, foreign: bool
) -> Callable[["Watched", "LogState"], "Look"]:
    from amparo.coalition.trusted_log import LogState, Watched
    from amparo.ledger.coalition.monitor import Look

    def look(log: Watched, state: LogState) -> Look:
        with bar(log.key.name, unit="files") as advance:
            return Look(
                log,
                state,
                now=int(time.time()),
                advance=advance,
                openings=openings,
                foreign=foreign,
                silent=silent,
            )

    return look


def _show(judged: "Judged") -> None:
    verdict = "; ".join(sorted({fault.kind for fault in judged.faults})) or "sound"
    click.echo(f"{judged.watched.key.name}\t{judged.state.entries}\t{verdict}")
    for fault in judged.fresh:
        click.echo(_fault_text(fault), err=True)


def _fault_text(fault: "Found") -> str:
    proof = f"\n  proof: evidence/{fault.evidence}" if fault.evidence else ""
    return f"{fault.origin}: {fault.what}\n  why: {fault.why}{proof}"


def _watched(
    urls: tuple[str, ...],
    charter_files: tuple[Path, ...],
    root: str | None,
    node: Path | None,
    policies: tuple[Path, ...],
) -> list["Watched"]:
    from amparo.coalition import charter
    from amparo.coalition.trusted_log import of_charter, of_policy
    from amparo.errors import Malformed, Missing
    from amparo.ledger.coalition import charters
    from amparo.storage.node import open_node

    found = [log for path in policies for log in of_policy(files.text(path))]
    if charter_files:
        if not root:
            raise Malformed(
                "The digest of the first charter is not given.",
                why="without it, any charter would do",
                fix="Ask a member for it, and give it with --root.",
            )
        found += of_charter(charter.follow(root, [path.read_bytes() for path in charter_files]))
    if node is not None:
        found += of_charter(charters.current(open_node(node)))
    chosen = [log for log in found if not urls or log.url.rstrip("/") in _bare(urls)]
    unknown = _bare(urls) - {log.url.rstrip("/") for log in chosen}
    if unknown or not chosen:
        raise Missing(
            "The key of a log is not known.",
            why=", ".join(sorted(unknown)) or "no log with an address is named",
            fix="Name the coalition with --charter and --root, or --node DIR; or a file with "
            "`log VKEY URL` and `quorum none` with --policy.",
        )
    return chosen


def _bare(urls: tuple[str, ...]) -> set[str]:
    return {url.rstrip("/") for url in urls}
