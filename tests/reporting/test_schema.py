"""`results.json` obeys its published schema, and the schema lets nothing else pass."""

import copy
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.pipeline import analyze
from mediation.reporting.disclosure import disclosed
from mediation.reporting.results_dict import FORMAT
from mediation.reporting.results_json import results_text
from mediation.reporting.results_schema import results_schema
from mediation.reporting.robustness.parts import WRITERS
from mediation.study.study import load_study

ROOT = Path(__file__).parents[2]
SCHEMA = results_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
MANIFEST = """
[study]
name = "Flat study"
synthetic = true
seed = 3
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
school = "school"
x = "x"
m = "m"
k = "k"
y = "y"
[[models]]
name = "Main"
headline = "indirect {level}"
predictor = "x"
mediators = {mediators}
outcomes = ["y"]
clusters = {clusters}
[models.engine]
name = "{engine}"
[models.interval]
n_draws = 200
{missing}
"""
IMPUTED = """
[models.missing]
method = "multiple_imputation"
n_imputations = 3
n_iterations = 2
"""
STUDIES = {
    "several mediators": {"mediators": '["m", "k"]'},
    "without clusters": {"clusters": "[]", "level": "single", "engine": "ols"},
    "two-level": {"engine": "two_level_sem"},
    "imputed": {"missing": IMPUTED},
}


def complaints(results):
    """Where a file breaks the schema, and how: of alternatives, the one that fails last."""
    found = []
    for error in VALIDATOR.iter_errors(results):
        while error.context:
            error = max(error.context, key=lambda each: len(each.absolute_path))
        found.append(f"{error.json_path}: {error.message[:200]}")
    return found


def written(contents):
    return json.loads(results_text(disclosed(contents)))


def analyzed(folder, *, level="within", mediators='["m"]', clusters='["school"]', **rest):
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(16), 8)
    x = rng.normal(size=16)[school]
    m = 0.8 * x + 0.3 * rng.normal(size=16)[school] + rng.normal(size=128)
    frame = pd.DataFrame({"school": school, "x": x, "m": m, "k": rng.normal(size=128)})
    frame["y"] = 0.5 * m + rng.normal(size=128)
    if "missing" in rest:
        frame.loc[::9, "y"] = np.nan
    frame.to_csv(folder / "rows.csv", index=False)
    words = {"engine": "mixed_models", "missing": ""} | rest
    text = MANIFEST.format(level=level, mediators=mediators, clusters=clusters, **words)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return analyze(load_study(folder / "study.toml"))


@pytest.fixture(scope="module")
def shipped():
    """The committed report of the shipped study."""
    return json.loads((ROOT / "reports" / "results.json").read_text(encoding="utf-8"))


def places_of(value, place=()):
    """Every key of every object and every item of every list."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*place, key)
        if isinstance(each, dict | list):
            yield from places_of(each, (*place, key))


def at(value, place):
    for key in place:
        value = value[key]
    return value


def test_the_schema_is_one_and_is_published():
    VALIDATOR.check_schema(SCHEMA)
    name = f"results-{FORMAT}.json"
    published = (ROOT / "docs" / "schema" / name).read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA
    assert SCHEMA["properties"]["format"]["const"] == FORMAT


def test_every_object_is_closed():
    """An object names its keys and has no others, or says what its values are."""
    loose, stack = [], [("", SCHEMA)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, dict):
            kinds = value.get("type")
            if (kinds == "object" or (isinstance(kinds, list) and "object" in kinds)) and (
                "additionalProperties" not in value
            ):
                loose.append(name)
            stack += [(f"{name}/{key}", each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(f"{name}/{i}", each) for i, each in enumerate(value)]
    assert loose == []


def test_the_committed_report_obeys(shipped):
    assert complaints(shipped) == []


@pytest.mark.parametrize("kind", ["study", "flat", "ugly"])
def test_reports_made_by_hand_obey(make, kind):
    assert complaints(json.loads(results_text(getattr(make, kind)()))) == []


@pytest.mark.parametrize("name", STUDIES)
def test_reports_of_every_kind_obey(tmp_path, name):
    results = written(analyzed(tmp_path, **STUDIES[name]))
    assert complaints(results) == []
    cell = results["entries"][0]["cells"][0]
    # Every part on robustness has its key, also where it does not apply.
    assert list(cell["robustness"]) == [writer.name for writer in WRITERS]
    assert (cell["tipping"] is not None) == (name == "imputed")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_missing_or_strange_is_refused(shipped, data):
    """A key less, a key more, or a value of no kind that any key has: none passes."""
    small = {**shipped, "entries": copy.deepcopy(shipped["entries"][:1])}
    small["entries"][0]["cells"] = small["entries"][0]["cells"][:1]
    inside = data.draw(st.sampled_from(list(places_of(small["entries"][0]["cells"][0]))))
    place = ("entries", 0, "cells", 0, *inside)
    parent = at(small, place[:-1])
    parent[place[-1]] = {"strange": [object.__name__]}
    assert complaints(small) != []


@pytest.mark.parametrize("name", list(SCHEMA["properties"]))
def test_no_key_of_the_top_may_be_left_out(shipped, name):
    assert complaints({key: value for key, value in shipped.items() if key != name}) != []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("format",), 1),
        (("format",), 3),
        (("seed",), -1),
        (("seed",), 1.5),
        (("input_hash",), "abc"),
        (("more",), 1),
        (("entries", 0, "cells", 0, "more"), 1),
        (("entries", 0, "cells", 0, "headline", 0, "p_value"), 1.2),
        (("entries", 0, "cells", 0, "headline", 0, "effect"), "mediated"),
        (("entries", 0, "cells", 0, "headline", 0, "estimate"), "NaN"),
        (("entries", 0, "cells", 0, "result", "n_clients"), -3),
        (("entries", 0, "cells", 0, "result", "conf_level"), 95),
        (("entries", 0, "cells", 0, "robustness", "anything"), 1),
    ],
)
def test_values_out_of_range_are_refused(shipped, place, value):
    changed = copy.deepcopy(shipped)
    at(changed, place[:-1])[place[-1]] = value
    assert len(complaints(changed)) >= 1


_SHARED = ("entries", 0, "cells", 0, "robustness")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*_SHARED, "ceiling", "corrected"), None),
        ((*_SHARED, "detectable", "headline", 0, "b_as_estimated"), None),
        ((*_SHARED, "detectable", "headline", 0, "paths", 0, "path"), "b_between - b_within"),
        (("entries", 0, "specifications", "models", 0, "finding_changes"), None),
    ],
)
def test_what_other_studies_lack_is_no_complaint(shipped, place, value):
    """A mediator that was not corrected, a path alone, a curve of one specification."""
    changed = copy.deepcopy(shipped)
    at(changed, place[:-1])[place[-1]] = value
    assert complaints(changed) == []


def test_clusters_that_cannot_be_fitted_have_all_numbers_or_none(shipped):
    changed = copy.deepcopy(shipped)
    row = at(changed, (*_SHARED, "levels", "analyses"))[0]
    numbers = ("n_clusters", "effects", "paths", "variances")
    del row[numbers[0]]
    assert complaints(changed) != []
    for name in numbers[1:]:
        del row[name]
    assert complaints(changed) == []
