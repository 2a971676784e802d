"""The tutorial does what it says: its own text is read and carried out on an installation."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from docs.making.tutorial import Block, NotAsTold, Terminals, blocks, environment, follow, lacking
from tests.local.conftest import free_port, processes, until

TUTORIAL = (Path(settings.BASE_DIR) / "docs" / "tutorial.md").read_text()


@pytest.mark.timeout(600)
def test_every_step_of_the_tutorial_shows_what_it_says():
    with tempfile.TemporaryDirectory(prefix="cba tutorial ") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "shop"
        assert follow(TUTORIAL, env=environment(home, free_port())) == len(blocks(TUTORIAL))
        until(lambda: processes(home) == {}, within=20)


def test_each_block_is_of_a_kind_that_somebody_carries_out():
    told = blocks(TUTORIAL)
    assert TUTORIAL.count("```") == 2 * len(told)
    assert {block.kind for block in told} == {"sh", "text", "page"}
    for block in told:
        if block.kind == "sh":
            checked = subprocess.run(["bash", "-n"], input=block.text, text=True, check=False)
            assert checked.returncode == 0, block


def test_a_block_is_read_with_its_kind_its_title_and_its_line():
    text = 'One\n\n```sh title="There"\nup\n```\n\n```text\nReady\n```\n'
    assert blocks(text) == [Block("sh", "There", "up\n", 3), Block("text", "", "Ready\n", 7)]


def test_what_is_told_has_to_be_shown_in_its_order():
    assert lacking("a…c\nd", "a b c\nd\n") is None
    assert lacking("d\na…c", "a b c\nd\n") == "a…c"
    assert lacking("a…d", "a b c\nd\n") == "a…d"


def test_a_command_that_fails_in_the_middle_of_a_block_is_a_fault():
    with Terminals(environment(Path("nowhere"), 1)) as terminals:
        assert terminals.run("word=kept\necho one").strip() == "one"
        assert terminals.run("echo $word").strip() == "kept"
        with pytest.raises(NotAsTold, match="failed"):
            terminals.run("false\ntrue")
