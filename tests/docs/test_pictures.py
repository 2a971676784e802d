"""At most twelve pictures are kept, one command makes them all, and each is used."""

import subprocess
from pathlib import Path

from django.conf import settings

from docs.making.pictures import MOST, PICTURES

ROOT = Path(settings.BASE_DIR)
MADE = {f"docs/pictures/{picture.name}.webp" for picture in PICTURES}


def test_the_pictures_in_git_are_those_that_the_command_makes():
    words = ["git", "ls-files", "*.webp", "*.png", "*.jpg", "*.jpeg", "*.gif"]
    kept = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(kept.split()) == MADE
    assert len(MADE) == len(PICTURES) <= MOST


def test_each_is_a_webp_and_used_in_readme_or_docs():
    texts = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    used = "\n".join(path.read_text() for path in texts)
    for name in MADE:
        assert (ROOT / name).read_bytes()[8:12] == b"WEBP"
        assert f"pictures/{Path(name).name})" in used, name
