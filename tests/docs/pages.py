"""Blocks of code of README and docs, and a place to run them in."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+) *(?P<label>[\w+-]*)")
LIST = re.compile(r" *([-*+]|\d+\.) ")


@dataclass(frozen=True)
class Block:
    """A block of code: where it stands, its language, its lines."""

    page: str
    line: int
    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read_blocks(page: str, text: str) -> list[Block]:
    """Find fenced blocks by their label, and indented ones, whose label is `indented`."""
    found, lines, i, in_list = [], text.splitlines(), 0, False
    while i < len(lines):
        line, start = lines[i], i
        fence = FENCE.match(line)
        if fence:
            i += 1
            while not lines[i].strip().startswith(fence["fence"]):
                i += 1
            indent = len(fence["indent"])
            inside = "".join(f"{text[indent:]}\n" for text in lines[start + 1 : i])
            found.append(Block(page, start + 1, fence["label"], inside))
        elif line.startswith("    ") and not lines[i - 1].strip() and not in_list:
            while i + 1 < len(lines) and (lines[i + 1].startswith("    ") or not lines[i + 1]):
                i += 1
            inside = "".join(f"{text[4:]}\n" for text in lines[start : i + 1]).rstrip() + "\n"
            found.append(Block(page, start + 1, "indented", inside))
        elif line and not line.startswith(" "):
            in_list = bool(LIST.match(line))
        elif LIST.match(line):
            in_list = True
        i += 1
    return found


BLOCKS = [
    block
    for page in PAGES
    for block in read_blocks(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8"))
]


def linked(folder: Path) -> Path:
    """Make a folder that looks like the root of the repository; what is written stays in it."""
    for name in ("data", "docs", "examples", "tests", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def small_study(folder: Path) -> None:
    """Copy the tables of the synthetic study with one model of its manifest."""
    source = ROOT / "data" / "synthetic"
    for table in source.glob("*.csv"):
        shutil.copy(table, folder)
    text = (source / "study.toml").read_text(encoding="utf-8").split("[models.specifications]")[0]
    for old, new in (
        ("seed = 20220503", "seed = 20220503\nrobustness = false"),
        ('outcomes = ["quality_of_life", "hope", "community_functioning"]', 'outcomes = ["hope"]'),
        (", { mediator = 13.5, outcome = 18 }]", "]"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text, encoding="utf-8")


DESIGN = """
seed = 1
n_studies = 20
effects = ["indirect within"]
[[grids]]
teams = 8
mean_size = 10
[[methods]]
name = "default"
engine = { name = "mixed_models" }
interval = { name = "monte_carlo" }
"""
