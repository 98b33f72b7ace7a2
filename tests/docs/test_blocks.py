"""Every block of code in README and docs is run, or read by what would read it.

- `python`: the blocks of a page run in their order, in one namespace, from a folder that looks like
  the root of the repository.
- `text`: what the `python` block above it prints. The first of a page, with no code above it, is a
  picture.
- `bash`: each line is a command. `mediation` runs in the process on a small study; what would take
  minutes (a study of the repository, a Dask cluster) is parsed and its files are looked for. Of
  `make` the target must be there, of `pip install` the extras, of `python` the script.
- `toml`: a manifest, a part of one (put into the shipped one), a scoring key or a design is read by
  its reader.
- `r`: run by `docs/site/run_r.py`, since the tests need no R.
- `spss`, `mplus`: not run, they need a license. Columns are those of the data of that page.

Indented blocks hold commands, as in `bash`. Any other label fails, so that no block is unseen.
"""

import contextlib
import copy
import csv
import importlib.util
import io
import re
import shlex
import shutil
import tomllib

import click
import matplotlib.pyplot as plt
import pytest
from click.testing import CliRunner

from mediation.cli import main
from mediation.instruments.reading import parse_instrument
from mediation.simulation.laboratory.design_file import parse_design
from mediation.study.manifest import Manifest

from .pages import BLOCKS, DESIGN, PAGES, ROOT, linked, read_blocks, small_study

LABELS = {"python", "text", "bash", "toml", "r", "spss", "mplus", "indented"}
# Licensed programs, each with the data of its block.
LICENSED = {
    "spss": ("ols_process_4", r"vars = ([\w ]+?) /"),
    "mplus": ("sem_demo_40", r"NAMES = ([\w ]+?);"),
}


def blocks_of(*labels):
    return [pytest.param(b, id=str(b)) for b in BLOCKS if b.label in labels]


def test_finder_sees_fences_indented_blocks_and_lists():
    text = "a\n\n    make x\n\n- b\n\n    c\n\nd\n```python\n1\n```\n\n- e\n\n  ```r\n  2\n  ```\n"
    found = [(b.line, b.label, b.text) for b in read_blocks("p", text)]
    assert found == [(3, "indented", "make x\n"), (10, "python", "1\n"), (16, "r", "2\n")]


def test_every_fence_of_every_page_is_found():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fences = sum(line.strip().startswith("```") for line in text.splitlines())
        name = str(page.relative_to(ROOT))
        fenced = [b for b in BLOCKS if b.page == name and b.label != "indented"]
        assert fences == 2 * len(fenced), name


@pytest.mark.parametrize("block", blocks_of(*{b.label for b in BLOCKS}))
def test_label_is_known(block):
    assert block.label in LABELS


@pytest.mark.parametrize("page", sorted({b.page for b in BLOCKS if b.label in ("python", "text")}))
def test_python_runs_and_prints_what_is_shown(page, tmp_path, monkeypatch):
    monkeypatch.chdir(linked(tmp_path))
    names, printed = {}, None
    for block in (b for b in BLOCKS if b.page == page):
        if block.label == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile("\n" * block.line + block.text, page, "exec"), names)
            printed = out.getvalue()
        elif block.label == "text" and printed is not None:
            assert [line.rstrip() for line in printed.splitlines()] == block.text.splitlines()
        elif block.label == "text":
            first = next(b for b in BLOCKS if b.page == page)
            assert block is first, f"{block} follows no Python and is not the first block"
    plt.close("all")


def commands(block):
    """Give each command of a block as words, without comments; a backslash goes on."""
    text = block.text.replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in text.splitlines() if line.strip()]


def is_slow(words):
    """Whether a command works on a study of the repository, or needs a cluster."""
    return "--scheduler" in words or any(
        w.startswith(("data/", "docs/", "examples/")) for w in words
    )


def run(words, folder, done):
    """Run a command of `mediation` in the folder, once, and before it what it needs."""
    key = tuple(word.rstrip("/") for word in words)
    if key in done:
        return
    if "tables/study.toml" in words and ("init", "tables") not in done:
        run(["init", "tables"], folder, done)
    if words[0] == "verify" and not (folder / words[1]).exists():
        run(["report", "study.toml", "--out", words[1]], folder, done)
    found = CliRunner().invoke(main, words, catch_exceptions=False)
    assert found.exit_code == 0, f"mediation {' '.join(words)}: {found.output}"
    if key == ("init", "tables"):
        # What the reader does now: the manifest is finished.
        shutil.copy(folder / "study.toml", folder / "tables")
    done.add(key)


@pytest.fixture(scope="session")
def done():
    return set()


@pytest.fixture(scope="session")
def workplace(tmp_path_factory):
    """What the commands of the pages find: a study, its tables alone, a design."""
    folder = linked(tmp_path_factory.mktemp("pages"))
    small_study(folder)
    (folder / "tables").mkdir()
    for table in folder.glob("*.csv"):
        shutil.copy(table, folder / "tables")
    (folder / "design.toml").write_text(DESIGN, encoding="utf-8")
    return folder


def check_mediation(words, folder, done):
    command = main.commands[words[0]]
    context = command.make_context(words[0], list(words[1:]))
    if not is_slow(words):
        run(words, folder, done)
        return
    for parameter in command.params:
        value = context.params[parameter.name]
        if isinstance(parameter, click.Argument) and "/" in str(value):
            assert (folder / value).exists(), value


def check_command(words, folder, done):
    program = words[0].removeprefix(".venv/bin/")
    if program == "mediation":
        check_mediation(words[1:], folder, done)
    elif program == "make":
        targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.M)
        assert {w for w in words[1:] if "=" not in w} <= set(targets), words
    elif program == "python":
        assert (ROOT / words[1]).exists() or words[1] == "-m", words
    elif program == "pip":
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        extras = set(re.search(r"\[(.+)\]", words[2])[1].split(","))
        assert extras <= set(known["optional-dependencies"]), words
    else:
        pytest.fail(f"nobody checks this command: {' '.join(words)}")


@pytest.mark.parametrize("block", blocks_of("bash", "indented"))
def test_commands_run(block, workplace, monkeypatch, done):
    monkeypatch.chdir(workplace)
    assert commands(block)
    for words in commands(block):
        check_command(words, workplace, done)


def merged(base, part):
    """Put a part of a manifest into a whole one; `[models.x]` belongs to its last model."""
    base = copy.deepcopy(base)
    for key, value in part.items():
        if isinstance(base.get(key), list) and isinstance(value, dict):
            base[key][-1] = merged(base[key][-1], value)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            base[key] = merged(base[key], value)
        else:
            base[key] = copy.deepcopy(value)
    return base


@pytest.mark.parametrize("block", blocks_of("toml"))
def test_toml_is_read(block):
    raw = tomllib.loads(block.text)
    if "grids" in raw:
        assert parse_design(block.text).methods
    elif "responses" in raw:
        assert parse_instrument(block.text).items
    elif "study" in raw:
        check_manifest(raw)
    else:
        shipped = (ROOT / "data" / "synthetic" / "study.toml").read_text(encoding="utf-8")
        check_manifest(merged(tomllib.loads(shipped), raw))


def check_manifest(raw):
    """Read a manifest as `mediation validate` does, from its parts instead of its text."""
    from mediation.study.instrument_entries import with_instruments
    from mediation.study.manifest_structure import structure_complaints
    from mediation.study.specification_checks import specification_complaints
    from mediation.toml.reading import check_part

    manifest, complaints = check_part(raw, Manifest)
    assert manifest is not None, complaints
    manifest, of_scores, _ = with_instruments(manifest, None)
    found = [*complaints, *structure_complaints(raw), *of_scores]
    assert [*found, *specification_complaints(manifest)] == []


def test_every_block_of_r_is_run_by_the_script():
    spec = importlib.util.spec_from_file_location("run_r", ROOT / "docs" / "site" / "run_r.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    pages = {b.page for b in BLOCKS if b.label == "r"}
    assert pages
    ours = {p: "\n".join(b.text for b in BLOCKS if b.page == p and b.label == "r") for p in pages}
    assert script.r_code() == ours


@pytest.mark.parametrize("block", blocks_of(*LICENSED))
def test_columns_of_licensed_programs_are_those_of_the_data(block):
    case, pattern = LICENSED[block.label]
    with (ROOT / "tests" / "reference" / case / "data.csv").open() as file:
        columns = next(csv.reader(file))
    assert re.search(pattern, block.text)[1].split() == columns
    page = (ROOT / block.page).read_text(encoding="utf-8")
    assert f"tests/reference/{case}" in page
    assert "PROCESS and Mplus were not run" in page
