"""Fixtures: a cache folder of its own for each test, and a folder that every user can access."""

import pytest

from tests.support.picture_files import public_folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The folder in which crops are cached; it does not exist yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "minigan"


@pytest.fixture
def public():
    with public_folder() as folder:
        yield folder
