"""The real daily series, opened once a worker; an empty lake, and a place for dumps."""

import pytest

from amparo.observatory import queries
from amparo.observatory.lake.lake import Lake


@pytest.fixture(scope="session")
def engine():
    """28 months of real daily series, as they ship."""
    opened = queries.open_engine()
    yield opened
    opened.close()


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "dumps"
    folder.mkdir()
    return folder
