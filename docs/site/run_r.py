"""Run the R code of the pages: `python docs/site/run_r.py`, from the root of the repository.

The tests need no R. They check that this script finds every block of R that they find.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```r\n(.*?)^```\s*$", re.DOTALL | re.MULTILINE)


def r_code() -> dict[str, str]:
    """Give the R code of every page that has some.

    Returns
    -------
    dict of str to str
        By the path of the page, its blocks in their order.
    """
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = {}
    for page in pages:
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        if blocks:
            found[str(page.relative_to(ROOT))] = "\n".join(blocks)
    return found


def main() -> int:
    """Run the blocks of each page in one session of R; 1 if any stops."""
    failed = 0
    for page, code in r_code().items():
        sys.stdout.write(f"{page}\n")
        sys.stdout.flush()
        done = subprocess.run(["Rscript", "--vanilla", "-e", code], cwd=ROOT, check=False)
        failed += done.returncode != 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
