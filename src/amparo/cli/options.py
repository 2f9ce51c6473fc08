"""Options that several commands share."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from pathlib import Path

import click

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    envvar="AMPARO_DATA",
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
    help="The observatory's folder of added dumps; a node shows what lies in its own.",
)

spark_option = click.option(
    "--spark",
    metavar="MASTER",
    envvar="AMPARO_SPARK",
    help="Let a Spark cluster do it, as in spark://host:7077, or local[2].  [default: DuckDB here]",
)
