"""`amparo connect labels`: the labels of a labeler of the AT Protocol, from its stream."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.cli.connect import reading, taking
from amparo.connectors import labels as labels_
from amparo.foreign_text import on_a_line

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.connectors.signing_key import SigningKey
    from amparo.ledger.connect.ingest import Batch
    from amparo.ledger.connect.label_stream import Stream

ASKED = """\
# What only you know; see docs/connectors/labels.md. Take # away where it is so.
# automated = "no"          # labels are set by people; "partly" or "fully" where machines do
# keys_are_dates = "yes"    # the keys of records say when they were posted, as Bluesky's app does
# private = "yes"           # the labeler is at an address in a private network
#
# What values of your own restrict; one that is named nowhere is asked about, each time.
# labelled = ""             # shown behind a mark or a warning
# age_restricted = ""       # the same, and only to adults
# demoted = ""              # seen by fewer people
# disabled = ""             # hidden
# suspended = ""            # of accounts: closed until it is withdrawn
# nothing = ""              # no restriction, such as a mark of honour
"""
QUIET_SECONDS = 5.0


@click.command()
@click.argument("did", metavar="DID")
@click.option("--platform", required=True, help="The platform that labels.")
@click.option("--address", help="Where its stream is.  [default: as its DID document says]")
@click.option("--key", help="Its key, as did:key:...  [default: as its DID document says]")
@click.option(
    "--plc", "directory", help="Where DIDs of the method plc are.  [default: https://plc.directory]"
)
@click.option(
    "--mapping",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The connection's file; made if it is not there.  [default: DID{reading.SUFFIX}]",
)
@click.option("--follow", is_flag=True, help="With --take: stay, and take in what comes.")
@click.option("--from-start", is_flag=True, help="With --take: read again from the beginning.")
@click.option(
    "--quiet",
    type=click.FloatRange(0.1, 600),
    default=QUIET_SECONDS,
    show_default=True,
    help="Without --follow: end when no label has come for so many seconds.",
)
@reading.reading_options
def labels(
    did: str,
    platform: str,
    address: str | None,
    key: str | None,
    directory: str | None,
    file: Path | None,
    follow: bool,
    from_start: bool,
    quiet: float,
    since: datetime | None,
    way: str,
    data: Path,
) -> None:
    """Take the labels of the labeler DID from its stream, each with its signature checked.

    At first its address and key are read from its DID document, and written to the connection's
    file. Then what would become of every label is shown. Nothing is changed until `--trial` and
    `--take`, which reads on from where it was left.

    Exit status: 0 all labels were taken; 1 some were refused; 3 none was taken.
    """
    file = file or Path(did.replace(":", "-") + reading.SUFFIX)
    if not file.exists():
        _make(file, did, platform, address, key, directory)
    config = reading.read_config(file, labels_.SYSTEM, platform, instance=did, address=address)
    found = _Reading(config)

    def batches(position: str) -> "Iterator[Batch]":
        stream = found.stream("" if from_start else position)
        return stream.follow() if follow and way == "take" else stream.batches(quiet)

    try:
        with suppress(KeyboardInterrupt):  # of one that follows; what was taken in stays
            taking.do(taking.Feed(did, config, batches), since, way, data)
    finally:
        found.write_new_key(file)


class _Reading:
    """One run: the stream, and the key that the labeler has by now."""

    def __init__(self, config: "Config") -> None:
        self._config, self._settings = config, labels_.settings(config)
        self._stream: Stream | None = None

    def stream(self, position: str) -> "Stream":
        from amparo.ledger.connect.label_stream import Stream

        newest = self._newest_key if self._config.options.get("key_from") else None
        address = self._config.connector.address
        self._stream = Stream(address, self._settings, newest, position)
        return self._stream

    def write_new_key(self, file: Path) -> None:
        """Keep the key that the labeler has changed to."""
        from amparo.storage.durable import write_durably

        if self._stream is None or self._stream.settings.key == self._settings.key:
            return
        key = str(self._stream.settings.key)
        text = file.read_text().replace(self._config.options["key"], key)
        write_durably(file, text.encode())
        click.echo(f"The labeler has a new key, {key}. Written: {file}", err=True)

    def _newest_key(self) -> "SigningKey":
        from amparo.ledger.connect import identities

        return identities.read(self._settings.labeler, self._config.options["key_from"]).key


def _public(did: str, address: str) -> str:
    """The address that a labeler's document names: whoever wrote that must not lead us inside."""
    from amparo.connectors import config
    from amparo.errors import Malformed, Text

    if address and config.wrong_address(address, is_private=False):
        raise Malformed(
            "The labeler's document names no public address.",
            why=Text("that of {did} names {address}", did=did, address=repr(address[:200])),
            fix="If it is in a network of yours, name it with --address.",
        )
    return address


def _make(
    file: Path,
    did: str,
    platform: str,
    address: str | None,
    key: str | None,
    directory: str | None,
) -> None:
    from amparo.connectors import config, signing_key
    from amparo.connectors.config import Config, Connector
    from amparo.ledger.connect import identities
    from amparo.storage.durable import write_durably

    options = {"private": "yes"} if address and address.startswith("http://") else {}
    if key:
        try:
            options["key"] = str(signing_key.read(key))
        except ValueError as error:
            raise click.UsageError(f"--key: {error}") from None
    if not (key and address):
        found = identities.find(did, directory or identities.DIRECTORY)
        address = address or _public(did, found.labeler.address)
        if not key:
            options |= {"key": str(found.labeler.key), "key_from": found.address}
    if not address:
        raise click.UsageError("Its DID document names no address: say it with --address.")
    name = config.name_of(labels_.SYSTEM, did.removeprefix("did:"))
    made = Config(
        Connector(labels_.SYSTEM, name, platform, instance=did, address=address), options=options
    )
    write_durably(file, f"{config.write(made)}{ASKED}".encode())
    click.echo(on_a_line(f"{did}: {address}, with the key {options['key']}"), err=True)
    click.echo(f"Written: {file}", err=True)
