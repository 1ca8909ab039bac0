"""What is decoded is cached in a folder of the test's own; and a folder that everybody may look into."""

import pytest

from tests.support.picture_files import public_folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Where crops are cached: not made yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "minigan"


@pytest.fixture
def public():
    with public_folder() as folder:
        yield folder
