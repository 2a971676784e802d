"""What the site adds to docs/: pages made of the code and of the checkout's own files."""

import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
# mkdocs reads this file by its path, so the checkout is not where Python looks by itself.
sys.path.insert(0, str(ROOT))

from docs.making.glossary import glossary_page  # noqa: E402  (found by the path above)

# The files of the checkout that are pages too, and their names there.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
COPIED = {
    "static/fonts/inter-latin-opsz-normal.woff2": "assets/inter.woff2",
    "static/icons/logo.svg": "assets/logo.svg",
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """A decision that is written stands in the menu, without another edit."""
    folder = ROOT / "docs" / "decisions"
    for entry in config.nav or []:
        if "Decisions" in entry:
            entry["Decisions"] = [
                "decisions/index.md",
                *(
                    {_title(path): f"decisions/{path.name}"}
                    for path in sorted(folder.glob("0*.md"))
                ),
            ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, name in PAGES.items():
        text = (ROOT / source).read_text()
        files.append(File.generated(config, name, content=_inside(text)))
    for source, name in COPIED.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    files.append(File.generated(config, "glossary.md", content=glossary_page()))
    files.append(File.generated(config, "decisions/index.md", content=_decisions()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A folder is a link on a forge; here it is a page."""
    return markdown.replace("(decisions/)", "(decisions/index.md)")


def _inside(text: str) -> str:
    """Links of a file beside docs/, as seen from within it."""
    text = text.replace("(docs/", "(").replace("(handbook/)", "(handbook/marketing.md)")
    for source, name in PAGES.items():
        text = text.replace(f"({source})", f"({name})")
    return text


def _title(path: Path) -> str:
    """The first heading: a number and what was decided."""
    return re.sub(r"^# (\d+)\.? ", r"\1 ", path.read_text().splitlines()[0])


def _decisions() -> str:
    folder = ROOT / "docs" / "decisions"
    lines = [f"* [{_title(path)}]({path.name})" for path in sorted(folder.glob("0*.md"))]
    return "# Decisions\n\nWhat was chosen, why, and what follows from it.\n\n" + "\n".join(lines)
