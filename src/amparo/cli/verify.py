"""`amparo verify`: check a receipt or a case file, with no network and without the node."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from amparo.case import events, pseudonyms
from amparo.case.events import Event, PartsCommitted, PartsNamed
from amparo.cli import files
from amparo.cli.options import json_option
from amparo.errors import Malformed, Unsound
from amparo.ledger.case import archive, case_file
from amparo.ledger.log import receipts
from amparo.record.event import DecisionIssued, moment
from amparo.tlog import policy as policies
from amparo.web.words import case_file as words


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--vkey", help="The log's verifier key, as `amparo log vkey` prints it.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A policy file: the logs and witnesses you trust, and the quorum you ask for.",
)
@click.option(
    "--entry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The entry's bytes, for a tlog-proof that does not carry them.",
)
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The receipt of who stands behind the pseudonyms of FILE, as a body or monitor gets it.",
)
@json_option
def verify(
    file: Any,
    vkey: str | None,
    policy: Path | None,
    entry: Path | None,
    names: Path | None,
    as_json: bool,
) -> None:
    """Verify the receipt or the case file FILE; exit 0 if it holds, 1 if it does not.

    Checked are the log's signature, the witnesses if a policy asks for them, that the entry is at
    its place in the tree that was signed, and that the reasons are those the entry commits to.
    Get the log's key from somewhere else than the receipt.

    Of an answer's receipt it says, too, whether somebody else than who decided looked again. Of a
    case file it lists each entry, and what of it is proven and what only claimed.
    """
    raw, whom = file.read(archive.MOST_BYTES + 1), trusted(vkey, policy)
    if raw.startswith(archive.MAGIC):
        of_case(raw, whom, as_json=as_json)
        return
    verified = receipts.verify(raw, whom, entry=entry.read_bytes() if entry else None)
    behind = receipts.verify(names.read_bytes(), whom) if names else None
    facts = _facts(verified) | _of_parts(verified, behind)
    if as_json:
        click.echo(msgspec.json.encode(facts).decode())
        return
    click.echo("The receipt holds.")
    for name, value in facts.items():
        if isinstance(value, dict):
            for field, text in value.items():
                click.echo(f"  {field}: {text}")
        else:
            click.echo(f"  {name}: {value}")


def of_case(raw: bytes, trusted: policies.Policy, *, as_json: bool) -> None:
    """Verify a case file, and say what it proves."""
    read = case_file.read(raw)
    verdict = case_file.verify(read, trusted)
    proven = _as_data(read, verdict)
    if as_json:
        click.echo(msgspec.json.encode(proven).decode())
        return
    click.echo("The case file holds.")
    for name in ("case", "platform", "log", "tree size", "witnesses", "made for"):
        click.echo(f"  {name}: {proven[name]}")
    for entry in proven["entries"]:
        away = f"; kept back: {', '.join(entry['kept back'])}" if entry["kept back"] else ""
        click.echo(
            f"  {entry['n']}  {entry['at']}  {entry['kind'] or '(erased)'}: {entry['proof']}{away}"
        )
        if entry["fields"]:
            click.echo(f"       fields: {', '.join(entry['fields'])}")
    for number, exhibit in enumerate(proven["files"], 1):
        click.echo(f"  file {number}  {exhibit['name']}: {exhibit['proof']}")
    for name in ("not for this reader", "taken out", "somebody else looked again", "page"):
        if proven[name]:
            click.echo(f"  {name}: {proven[name]}")


PROVEN = "proven"
OPEN = "what stands in the log in the open is proven; its texts are claimed"
CLAIMED = "claimed: its time and place in the log are proven, not these fields"
NO_FIELDS = "only its time and place in the log are proven"
_PAGES = {
    True: "as the index says",
    False: "NOT as the index says, or made by another version: trust this list instead",
}


def _as_data(read: case_file.CaseFile, verdict: case_file.Verdict) -> dict[str, Any]:
    """What a case file proves, and what it only claims."""
    index = verdict.index
    same = words.page(index) == read.parts[case_file.PAGE] if case_file.PAGE in read.parts else None
    return {
        "case": index.case,
        "platform": f"{index.platform.name} (its name is claimed)",
        "log": index.log.origin,
        "tree size": index.log.size,
        "witnesses": _witnesses(verdict.witnesses),
        "made for": index.reader,
        "entries": [
            {
                "n": verified.entry.n,
                "at": verified.entry.at,
                "kind": verified.entry.kind,
                "proof": _of_entry(verified),
                "fields": [*verified.entry.public, *verified.entry.fields],
                "told beside": [*verified.entry.told_beside],
                "kept back": list(verified.entry.kept_back),
            }
            for verified in verdict.entries
        ],
        "files": [
            {
                "name": verified.exhibit.name,
                "sha256": verified.exhibit.sha256,
                "proof": _proof(verified),
            }
            for verified in verdict.evidence
        ],
        "not for this reader": ", ".join(f"entry {n}" for n in index.withheld),
        "taken out": ", ".join(index.redacted),
        "somebody else looked again": VERDICTS[verdict.looked_again]
        if verdict.looked_again
        else "",
        "page": _PAGES[same] if same is not None else "",
    }


def _of_entry(judged: case_file.Judged) -> str:
    if judged.is_proven:
        return PROVEN
    if judged.entry.public:
        return OPEN
    return CLAIMED if judged.entry.fields else NO_FIELDS


def _proof(shown: case_file.Shown) -> str:
    hash_ = f"its hash is in the log since {shown.since}" if shown.since else "claimed"
    away = shown.exhibit.left_out
    return hash_ if not away else f"{hash_}; not in this file ({away})"


def _witnesses(witnesses: Mapping[str, int]) -> str:
    return (
        ", ".join(
            f"{name} at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
            for name, time in witnesses.items()
        )
        or "none asked for"
    )


VERDICTS: dict[pseudonyms.Verdict, str] = {
    "somebody else": "yes: who looked again is not among those who decided",
    "a machine decided": "yes: a person looked again; the platform says that a machine decided",
    "not said": "not proven: the platform has not said who decided",
    "the same person": "no: who looked again is among those who decided",
}


def _of_parts(verified: receipts.Verified, behind: receipts.Verified | None) -> dict[str, Any]:
    """What a receipt says of who decided and who looked again; nothing where it is of no answer."""
    event = _event(verified)
    names = _event(behind) if behind else None
    committed = event if isinstance(event, PartsCommitted) else None
    named = next((found for found in (names, event) if isinstance(found, PartsNamed)), None)
    if behind is not None and (committed is None or not isinstance(names, PartsNamed)):
        raise Malformed(
            "These two files do not belong together.",
            why="one has to be of an answer's pseudonyms, --names of the names behind them",
            fix="Get them with `amparo receipt UUID --parts` and `--names`.",
        )
    if named is not None:
        pseudonyms.check_names(named, committed)
    facts: dict[str, Any] = {}
    if committed is not None:
        facts["somebody else looked again"] = VERDICTS[pseudonyms.judge(committed)]
    if named is not None:
        facts["pseudonyms"] = {
            pseudonym: ", ".join(names) for pseudonym, names in named.names.items()
        }
    return facts


def _event(verified: receipts.Verified) -> Event | None:
    """What happened, where the receipt opens an entry of a case."""
    if verified.sealed is None or "kind" not in verified.sealed:
        return None
    sealed = msgspec.json.encode(verified.sealed)
    try:
        return events.read(sealed, moment(verified.leaf.at))
    except Unsound:  # of a newer version: proven all the same
        return None


def trusted(vkey: str | None, policy: Path | None) -> policies.Policy:
    """The logs and witnesses that somebody trusts."""
    if policy is None and vkey is None:
        raise click.UsageError("Say whom you trust: --vkey KEY, or --policy FILE.")
    of_log = policies.of_log(vkey) if vkey else None
    if policy is None:
        return of_log or policies.Policy(())
    read = policies.parse(files.text(policy))
    if of_log is None:
        return read
    if of_log.logs[0] not in read.logs:
        raise Malformed(
            "The key and the policy do not agree.",
            why=f"the policy names no log with the key of {of_log.logs[0].name}",
            fix="Use the policy alone, or add `log VKEY` to it.",
        )
    return policies.Policy(of_log.logs, read.witnesses, read.groups, read.quorum)


def _facts(verified: receipts.Verified) -> dict[str, Any]:
    proven, leaf = verified.proven, verified.leaf
    facts: dict[str, Any] = {
        "log": proven.checkpoint.origin,
        "index": proven.index,
        "tree size": proven.checkpoint.size,
        "witnesses": _witnesses(proven.witnesses),
        "recorded": leaf.at,
    }
    if isinstance(leaf, DecisionIssued):
        facts |= {"platform": leaf.by, "case": leaf.case, "decision": leaf.public}
    if verified.puid is not None:
        facts["puid"] = verified.puid
    facts["reasons"] = verified.sealed or "not in this file"
    return facts
