"""What the site does to pages beyond Markdown: formulas, links out of `docs/`, the changelog."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
from mathematics import draw_mathematics

ROOT = Path(__file__).parents[2]
# Links and pictures of Markdown whose address climbs with `../`.
LINK = re.compile(r"(!?)\[([^\]]+)\]\((\.\.?/[^)#\s]+)(#[^)]*)?\)")
# Files outside `docs/` that the site has too, with their addresses there.
BROUGHT = {
    "reports/report.html": "example/report.html",
    "reports/figures/diagram-quality-of-life-4.5-to-9.svg": "example/diagram.svg",
    "CHANGELOG.md": "changelog.md",
}
FENCE = re.compile(r"^(```.*?^```\s*?$)", re.DOTALL | re.MULTILINE)


def on_files(files: Any, config: Any) -> Any:
    """Add the committed report of the synthetic study and one of its figures.

    Parameters
    ----------
    files, config : objects of mkdocs

    Returns
    -------
    Files
    """
    for path, address in BROUGHT.items():
        if files.get_file_from_path(address) is None:
            files.append(File.generated(config, address, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Name files outside `docs/` instead of linking them; the site does not have them.

    Parameters
    ----------
    markdown : str
    page, config, files : objects of mkdocs

    Returns
    -------
    str
    """
    source = page.file.src_uri
    if source == "changelog.md":
        markdown = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    folder = posixpath.dirname(f"docs/{source}")

    def named(found: re.Match[str]) -> str:
        mark, text, address = found[1], found[2], found[3]
        target = posixpath.normpath(posixpath.join(folder, address))
        if target in BROUGHT:
            there = posixpath.relpath(BROUGHT[target], posixpath.dirname(source) or ".")
            return f"{mark}[{text}]({there})"
        if files.get_file_from_path(posixpath.relpath(target, "docs")) is not None:
            return found[0]
        if mark or not (ROOT / target).exists():
            raise ValueError(f"docs/{source} links to {address}, which the site does not have.")
        return f"`{target}`" if text.strip("`") in (target, address) else f"{text} (`{target}`)"

    parts = FENCE.split(markdown)
    return "".join(p if p.startswith("```") else LINK.sub(named, p) for p in parts)


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Draw the formulas of a page.

    Parameters
    ----------
    html : str
    page, config, files : objects of mkdocs

    Returns
    -------
    str
    """
    return draw_mathematics(html)
