"""The folder of all local state, and its secrets."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cba_site.local.home import CannotStart, cba_home, secret


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CBA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_home_is_made_where_it_is_asked_for(home):
    assert cba_home() == home
    assert home.is_dir()


def test_a_secret_is_made_once_and_for_its_owner_alone(home):
    made = secret("data")
    assert len(made) == 44
    assert secret("data") == made
    assert secret("other") != made
    assert (home / "keys" / "data").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (home / "keys").iterdir()) == ["data", "other"]


def test_everybody_who_asks_at_once_gets_the_same_secret():
    with ThreadPoolExecutor(16) as crowd:
        assert len(set(crowd.map(lambda _: secret("django"), range(64)))) == 1


def test_a_home_that_cannot_be_made_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CBA_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(CannotStart, match=r"cannot be made \(Not a directory\). Set CBA_HOME"):
        cba_home()


def test_a_home_of_somebody_else_is_one_line(monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(CannotStart, match="belongs to another user of this machine"):
        cba_home()
