"""What the README shows is what the commands make; its code is run in `docs/test_blocks.py`."""

import re
from functools import cache
from pathlib import Path

import mediation as med
from mediation.pipeline import analyze
from mediation.reporting.format import point_and_interval
from mediation.study.problems import ProblemKind

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@cache
def contents():
    return analyze(med.load_study(ROOT / "data" / "synthetic" / "study.toml"))


def first_table() -> str:
    """The headline of the committed report as Markdown."""
    labels = {v.name: v.label for v in contents().variables}
    lines = [
        "| outcome | months | indirect, within teams [95% interval] | blind to teams |",
        "|---|---|---:|---:|",
    ]
    for cell in contents().entries[0].cells:
        shown = [point_and_interval(r.effects[0].value) for r in (cell.result, cell.blind)]
        months = f"{cell.waves.mediator:g} → {cell.waves.outcome:g}"
        lines.append(f"| {labels[cell.outcome]} | {months} | {shown[0]} | {shown[1]} |")
    return "\n".join(lines)


def test_first_table_is_that_of_the_synthetic_study():
    assert first_table() in README


def test_none_excludes_zero_and_the_blind_analysis_would_have_claimed_four():
    found = {"declared": 0, "blind": 0}
    for cell in contents().entries[0].cells:
        for name, result in (("declared", cell.result), ("blind", cell.blind)):
            value = result.effects[0].value
            found[name] += not value.conf_low <= 0 <= value.conf_high
    assert found == {"declared": 0, "blind": 4}
    assert "None of the six intervals excludes zero" in README
    assert "would have claimed four" in README


def test_kinds_of_problems_are_counted():
    assert f"{len(ProblemKind)} kinds of problems found at once" in README
    assert "one test each" in README
    tests = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests/study").glob("*.py"))
    assert [kind.name for kind in ProblemKind if f"ProblemKind.{kind.name}" not in tests] == []


def test_paths_of_links_and_pictures_exist():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) > 10
    for target in targets:
        assert (ROOT / target).exists(), target


def test_every_make_target_named_is_there():
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.M))
    assert {"report", "test", "check", "data", "reference", "bench", "clean", "help"} <= targets
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, flags=re.M))
    assert len(named) >= 3
    assert named <= targets
