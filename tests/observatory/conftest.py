"""The real daily series, opened once a worker."""

import pytest

from amparo.observatory import watch


@pytest.fixture(scope="session")
def engine():
    """28 months of real daily series, as they ship."""
    opened = watch.open_engine()
    yield opened
    opened.close()
