"""Options that several commands share."""

# SPDX-License-Identifier: Apache-2.0

import os
from collections.abc import Callable, Collection
from pathlib import Path

import click

from amparo.storage.durable import close_to_others


def own_folder(_context: click.Context, _parameter: click.Parameter, folder: Path) -> Path:
    """Whoever names a folder of ours: what is made from now on is for its owner alone.

    However the program was started: by hand, by systemd, in a container.
    """
    os.umask(0o077)
    return folder


def close(folder: Path, own: Collection[str]) -> None:
    """Close a folder of ours that an older version, or another hand, left open; say what was."""
    for change in close_to_others(folder, own):
        click.echo(f"amparo: {change}", err=True)


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    envvar="AMPARO_DATA",
    callback=own_folder,
    help="The node's folder.",
)

key_option = click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The member's private key, as `amparo charter key` made it.",
)


def charter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Where a command takes the charter from: the node in a folder, or a file."""
    from_file = click.option(
        "--charter",
        "charter_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The newest charter as a file, where there is no node here.",
    )
    return data_option(from_file(command))


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else.")

DEFAULT_LAKE = Path("data/lake")
lake_option = click.option(
    "--lake",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_LAKE,
    show_default=True,
    envvar="AMPARO_LAKE",
    callback=own_folder,
    help="The observatory's folder of added dumps; a node shows what lies in its own.",
)

spark_option = click.option(
    "--spark",
    metavar="MASTER",
    envvar="AMPARO_SPARK",
    help="Let a Spark cluster do it, as in spark://host:7077, or local[2].  [default: DuckDB here]",
)
