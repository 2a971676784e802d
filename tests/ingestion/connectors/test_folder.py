"""Files as exporters leave them: empty ones, folders that are files."""

import pytest

from core.contracts.connector import Reach, SourceRefused
from ingestion.connectors.folder import Folder


def names(folder: Folder, reach: Reach, cursor: dict) -> tuple[list[str], dict]:
    read = []
    for batch in folder.read(cursor, reach):
        read.append(batch.name)
        cursor = batch.cursor
    return read, cursor


def test_an_empty_file_is_left_until_something_is_in_it(tmp_path):
    folder, reach = Folder(folder=str(tmp_path), pattern="", settle_seconds=0), Reach((tmp_path,))
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text("x\n1\n")
    read, cursor = names(folder, reach, {})
    assert (read, folder.sample(reach).name) == (["b.csv"], "b.csv")
    (tmp_path / "a.csv").write_text("x\n2\n")
    assert names(folder, reach, cursor)[0] == ["a.csv"]


def test_a_file_in_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    folder = Folder(folder=str(tmp_path / "a.csv"))
    with pytest.raises(SourceRefused, match="is a file. Name the folder that it lies in"):
        folder.test(Reach((tmp_path,)))
