"""Check the links of the built site: `python docs/site/check_links.py build/site`.

Every link to a page, a place on a page or a file must have its target. Scripts, styles, fonts and
pictures must come with the site. Links to other sites are listed, not followed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}


@dataclass
class Page(HTMLParser):
    """What a page links to, loads and can be linked at."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag links to."""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.places.add(value)
            elif (tag, name) in LOADED:
                self.loaded.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)


def read_site(folder: Path) -> dict[Path, Page]:
    """Read every page of a built site.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of Path to Page
    """
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        pages[path.resolve()] = page
    return pages


def find_problems(folder: Path) -> tuple[list[str], set[str]]:
    """Find links without a target, and list the addresses of other sites.

    Parameters
    ----------
    folder : Path
        The built site.

    Returns
    -------
    problems : list of str
        One line for each broken link, and for each thing loaded from elsewhere.
    elsewhere : set of str
        Addresses of other sites that are linked.
    """
    pages = read_site(folder)
    problems, elsewhere = [], set()
    for path, page in pages.items():
        name = path.relative_to(folder.resolve())
        # mkdocs writes the links of this page from the root of a server.
        if name.name == "404.html":
            continue
        for address in [*page.loaded, *page.links]:
            parts = urlsplit(address)
            if parts.scheme in ("mailto", "data"):
                continue
            if parts.scheme or parts.netloc:
                elsewhere.add(address)
                if address in page.loaded:
                    problems.append(f"{name}: loads {address} from elsewhere")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            if not target.exists():
                problems.append(f"{name}: {address} has no target")
            elif parts.fragment and target in pages:
                fragment = unquote(parts.fragment)
                if fragment != "__top" and fragment not in pages[target].places:
                    problems.append(f"{name}: {address} names no place on that page")
    return problems, elsewhere


def main() -> int:
    """Say what is broken; 1 if anything is."""
    folder = Path(sys.argv[1])
    problems, elsewhere = find_problems(folder)
    lines = [*problems, f"{len(elsewhere)} addresses of other sites, not followed:"]
    lines += [f"  {address}" for address in sorted(elsewhere)]
    lines.append(f"{len(problems)} broken links in {len(read_site(folder))} pages.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
