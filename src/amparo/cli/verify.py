"""`amparo verify`: check a receipt with no network and without the node that made it."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from amparo.cli import files
from amparo.cli.options import json_option
from amparo.errors import Malformed
from amparo.ledger.log import receipts
from amparo.record.event import DecisionIssued
from amparo.tlog import policy as policies
from amparo.tlog.proof import MOST_PROOF_BYTES


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
@json_option
def verify(
    file: Any, vkey: str | None, policy: Path | None, entry: Path | None, as_json: bool
) -> None:
    """Verify the receipt FILE; exit 0 if it holds, 1 if it does not.

    Checked are the log's signature, the witnesses if a policy asks for them, that the entry is at
    its place in the tree that was signed, and that the reasons are those the entry commits to.
    Get the log's key from somewhere else than the receipt.
    """
    raw = file.read(MOST_PROOF_BYTES + 1)
    verified = receipts.verify(
        raw, _trusted(vkey, policy), entry=entry.read_bytes() if entry else None
    )
    told = _told(verified)
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    click.echo("The receipt holds.")
    for name, value in told.items():
        if isinstance(value, dict):
            for field, text in value.items():
                click.echo(f"  {field}: {text}")
        else:
            click.echo(f"  {name}: {value}")


def _trusted(vkey: str | None, policy: Path | None) -> policies.Policy:
    if policy is None and vkey is None:
        raise click.UsageError("Say whom you trust: --vkey KEY, or --policy FILE.")
    trusted = policies.of_log(vkey) if vkey else None
    if policy is None:
        return trusted or policies.Policy(())
    read = policies.parse(files.text(policy))
    if trusted is None:
        return read
    if trusted.logs[0] not in read.logs:
        raise Malformed(
            "The key and the policy do not agree.",
            why=f"the policy names no log with the key of {trusted.logs[0].name}",
            fix="Use the policy alone, or add `log VKEY` to it.",
        )
    return policies.Policy(trusted.logs, read.witnesses, read.groups, read.quorum)


def _told(verified: receipts.Verified) -> dict[str, Any]:
    proven, leaf = verified.proven, verified.leaf
    told: dict[str, Any] = {
        "log": proven.checkpoint.origin,
        "index": proven.index,
        "tree size": proven.checkpoint.size,
        "witnesses": ", ".join(
            f"{name} at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
            for name, time in proven.witnesses.items()
        )
        or "none asked for",
        "recorded": leaf.at,
    }
    if isinstance(leaf, DecisionIssued):
        told |= {"platform": leaf.by, "case": leaf.case, "decision": leaf.public}
    if verified.puid is not None:
        told["puid"] = verified.puid
    told["reasons"] = verified.sealed or "not in this file"
    return told
