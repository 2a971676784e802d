"""The built files are committed, so that a start needs no Node; they must be of today's sources."""

import gzip
import hashlib
import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def sources() -> list[str]:
    """What static/src/stamp.mjs reads, in its order."""
    found = [p for folder in ("static/src", "templates") for p in (ROOT / folder).rglob("*")]
    inside = [str(p.relative_to(ROOT)) for p in found if p.is_file()]
    return sorted([*inside, "package.json", "package-lock.json"])


def test_the_built_files_are_of_these_sources():
    hashed = hashlib.sha256()
    for path in sources():
        hashed.update(f"{path}\0".encode() + (ROOT / path).read_bytes() + b"\0")
    built_from = (ROOT / "static" / "dist" / "built-from.txt").read_text().strip()
    assert built_from == hashed.hexdigest(), "run npm ci && npm run build"


def test_a_class_of_the_styles_is_defined_in_one_file():
    """Two pages that give one name different rules undo each other's look."""
    # A rule of its own stands at the first level inside its layer: ``  .name {``.
    rule = re.compile(r"^  \.([\w-]+) \{", re.MULTILINE)
    files: dict[str, set[str]] = {}
    for path in sorted((ROOT / "static" / "src" / "css").glob("*.css")):
        for name in rule.findall(path.read_text()):
            files.setdefault(name, set()).add(path.name)
    assert {name: where for name, where in files.items() if len(where) > 1} == {}


def test_the_snippet_is_small_and_fits_the_strictest_policy():
    """It runs in the pages of shops: no code from text, and no style but what scripts may set."""
    snippet = (ROOT / "static" / "dist" / "snippet.js").read_bytes()
    assert len(gzip.compress(snippet, mtime=0)) < 3_000
    banned = rb"\beval\b|\bFunction\(|innerHTML|cookie|[\"'`]style[\"'`]"
    assert re.findall(banned, snippet) == []
