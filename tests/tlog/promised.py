"""Every file that a checkpoint of some size promises."""

from amparo.tlog.tile import Tile, implied, width_at


def places(size):
    """Tiles and bundles, bundles first."""
    return [
        Tile(level, number, width_at(level, number, size))
        for level, count in implied(size).items()
        for number in range(count)
    ]
