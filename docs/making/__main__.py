"""`make docs`: the site, without a warning or not at all."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # The generator's own advertisement is no warning about these docs (decisions/0065).
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(words, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    done = build(ROOT / "site")
    if done.returncode:
        sys.exit(done.stderr)
    sys.stdout.write(f"The docs stand in {ROOT / 'site' / 'index.html'}\n")
