"""Scoring keys: the package's own against their sources, and what is wrong with one's own."""

import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mediation.errors import ManifestError, MediationError
from mediation.instruments.catalog import write_catalog
from mediation.instruments.instrument import Instrument, InstrumentKind, Rater, cautions
from mediation.instruments.reading import (
    MAX_BYTES,
    builtin_instruments,
    instrument,
    parse_instrument,
    read_instrument,
)
from mediation.instruments.scale import range_of
from mediation.vocabulary import Metric

ROOT = Path(__file__).parents[2]
SUM, MEAN = Metric.SUM, Metric.MEAN
# Items, lowest and highest response, published range of the score, verified.
FACTS = {
    "smcm_fidelity_9": (9, 1, 5, MEAN, (1, 5), False),
    "smcm_fidelity_10": (10, 1, 5, MEAN, (1, 5), False),
    "smcm_fidelity_11": (11, 1, 5, SUM, (11, 55), True),
    "rprs_24": (24, 1, 4, SUM, (24, 96), True),
    "wai_sr": (12, 1, 5, SUM, (12, 60), False),
    "wai_s": (12, 1, 7, SUM, (12, 84), False),
    "herth_hope_index": (12, 1, 4, SUM, (12, 48), True),
    "state_hope": (6, 1, 8, SUM, (6, 48), False),
    "qoli_20": (20, 1, 7, SUM, (20, 140), False),
    "mcas": (17, 1, 5, SUM, (17, 85), False),
}
SMALL = """
key = "small"
name = "Small scale"
version = "1"
measures = "hope"
rater = "client"
source = "own"
verified = true
responses = [0, 4]
items = ["a", "b", "c"]
reversed = ["b"]
metric = "mean"
"""


def test_every_instrument_is_there():
    assert set(builtin_instruments()) == {*FACTS, "goal_attainment"}


@pytest.mark.parametrize("key", FACTS)
def test_facts(key):
    n_items, low, high, metric, limits, verified = FACTS[key]
    found = instrument(key)
    assert found.key == key
    assert found.items == tuple(str(i + 1) for i in range(n_items))
    assert found.responses == (low, high)
    assert found.metric is metric
    assert range_of(found) == limits
    assert found.verified is verified


def test_alliance_subscales_and_reversed_items():
    revised, short = instrument("wai_sr"), instrument("wai_s")
    assert revised.subscales["task"] == ("1", "2", "10", "12")
    assert revised.subscales["goal"] == ("4", "6", "8", "11")
    assert short.subscales["task"] == ("1", "2", "8", "12")
    assert short.subscales["goal"] == ("4", "6", "10", "11")
    for each in (revised, short):
        assert each.subscales["bond"] == ("3", "5", "7", "9")
        assert sorted(sum(each.subscales.values(), ())) == sorted(each.items)
    assert revised.reversed == ()
    assert short.reversed == ("4", "10")


def test_thresholds():
    eleven, nine = instrument("smcm_fidelity_11").threshold, instrument("smcm_fidelity_9").threshold
    assert (eleven.value, eleven.metric) == (45, SUM)
    assert (nine.value, nine.metric) == (4, MEAN)
    assert instrument("smcm_fidelity_10").threshold is None


def test_goals_are_another_kind():
    goals = instrument("goal_attainment")
    assert goals.kind is InstrumentKind.GOALS
    assert goals.metric is None
    assert range_of(goals) == (0, 1)


def test_what_is_not_known_is_said():
    assert cautions(instrument("goal_attainment")) == ()
    assert "reversed" in cautions(instrument("rprs_24"))[0]
    unverified, overlap = cautions(instrument("wai_sr"), is_predictor=True)
    assert "unverified" in unverified
    assert "overlap" in overlap


def test_relationship_items_are_named():
    known = parse_instrument(SMALL + 'relationship_items = ["a", "c"]')
    assert cautions(known) == ()
    (overlap,) = cautions(known, is_predictor=True)
    assert "Items a, c measure the relationship" in overlap
    assert cautions(parse_instrument(SMALL + "relationship_items = []"), is_predictor=True) == ()


@pytest.mark.parametrize("key", FACTS)
def test_unverified_keys_say_what_is(key):
    found = instrument(key)
    assert found.verified or "Unverified: " in found.note


def test_one_s_own_key():
    found = parse_instrument(SMALL)
    assert found.rater is Rater.CLIENT
    assert found.max_missing == 0.2
    assert found.relationship_items is None
    assert range_of(found) == (0, 4)
    assert range_of(found, SUM) == (0, 12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('key = "small"', 'key = "Small!"', "`key`: expected small letters"),
        ('rater = "client"', 'rater = "nurse"', "`rater`: expected one of 'client'"),
        ("verified = true", "verified = 1", "`verified`: expected true or false"),
        ("verified = true", "verified = false", "`note`: expected a note"),
        ("responses = [0, 4]", "responses = [4, 0]", "`responses`: expected responses from low"),
        ("responses = [0, 4]", "responses = [0.5, 4]", "`responses`: expected whole numbers"),
        ("responses = [0, 4]", "responses = [0, inf]", "`responses[1]`: expected a finite number"),
        ("responses = [0, 4]", "responses = [0]", "`responses[1]`: expected an entry"),
        ("responses = [0, 4]", "", "`responses`: expected an entry"),
        ('"a", "b", "c"', '"a", "b", "b"', "`items`: expected every item once; found more"),
        ('"a", "b", "c"', '"a", "b", "c[1]"', "`items[2]`: expected letters, digits"),
        ('"a", "b", "c"', '"a", "b", 3', "`items[2]`: expected text in quotes"),
        ('items = ["a", "b", "c"]', "items = []", "`items`: expected an entry; found none"),
        ('reversed = ["b"]', 'reversed = ["B2"]', "`reversed`: expected names from `items`; found"),
        ('reversed = ["b"]', 'reversd = ["b"]', "Did you mean `reversed`?"),
        ('metric = "mean"', 'metric = "median"', "`metric`: expected one of 'sum' or 'mean'"),
        ('metric = "mean"', 'metric = "mean"\nmax_missing = 1', "expected a number below 1"),
        ('metric = "mean"', 'kind = "goals"', "no entries about items for goals; found `respon"),
    ],
)
def test_what_is_wrong(old, new, message):
    assert old in SMALL
    with pytest.raises(ManifestError) as caught:
        parse_instrument(SMALL.replace(old, new))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[subscales]\nfirst = []", "`subscales.first`: expected a name and one or more items"),
        ('[subscales]\nfirst = ["a", "d"]', "`subscales.first`: expected names from `items`"),
        ('[subscales]\nfirst = ["a", "a"]', "`subscales.first`: expected every item once"),
        (
            '[threshold]\nvalue = 9\nmetric = "mean"\nlabel = "x"\nsource = "y"',
            "`threshold.value`: expected a mean from 0 to 4; found 9",
        ),
        ('[threshold]\nvalue = 3\nmetric = "mean"\nlabel = "x"', "`threshold.source`: expected"),
    ],
)
def test_what_is_wrong_with_parts(more, message):
    with pytest.raises(ManifestError) as caught:
        parse_instrument(SMALL + more)
    assert message in str(caught.value)
    assert "has a problem:" in str(caught.value)


def test_everything_wrong_is_said_at_once():
    text = SMALL.replace('"client"', '"nurse"').replace("[0, 4]", "[4, 0]")
    text = text.replace('["b"]', '["x", "a", "a"]') + "other = 1\n[subscales]\ns = []"
    with pytest.raises(ManifestError, match="has 6 problems"):
        parse_instrument(text)


def test_rules_hold_without_a_file_too():
    fields = dict(parse_instrument(SMALL))
    with pytest.raises(ValidationError, match="names from `items`"):
        Instrument(**{**fields, "reversed": ("d",)})
    assert Instrument(**fields) == parse_instrument(SMALL)


def test_unknown_key_has_a_suggestion():
    with pytest.raises(ManifestError, match="Did you mean `wai_sr`"):
        instrument("wai-sr")


def test_read_from_a_file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8-sig")
    assert read_instrument(path) == parse_instrument(SMALL)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "It cannot be read"),
        ("key = \xe4".encode("latin-1"), "must be a text in UTF-8"),
        (b"#" * (MAX_BYTES + 1), "more than 1,000,000 bytes"),
        (b"key = ", "must be a TOML file"),
        (b"", "has 10 problems"),
    ],
)
def test_files_that_are_none(tmp_path, content, message):
    path = tmp_path / "small.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ManifestError, match=message) as caught:
        read_instrument(path)
    assert str(tmp_path) not in str(caught.value)


def test_a_folder_is_no_key(tmp_path):
    with pytest.raises(ManifestError, match="cannot be read"):
        read_instrument(tmp_path)


VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({})),
    st.lists(st.sampled_from(["a", "b", "z", ""]), max_size=4),
    st.lists(st.one_of(st.floats(), st.integers()), max_size=3),
    st.dictionaries(st.sampled_from(["task", "value", "metric"]), st.integers(), max_size=2),
)


def as_toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08X}" for sign in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(as_toml(each) for each in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(each)}" for key, each in value.items()) + "}"
    return str(value)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*Instrument.model_fields, "other"]), VALUES, max_size=8))
def test_any_toml_is_a_key_or_a_message(changes):
    lines = [line for line in SMALL.splitlines() if line.split(" = ")[0] not in changes]
    lines += [f"{key} = {as_toml(each)}" for key, each in changes.items() if each is not None]
    try:
        found = parse_instrument("\n".join(lines))
    except MediationError:
        return
    assert isinstance(found, Instrument)


def test_the_table_in_the_documentation_is_current():
    assert write_catalog() in (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")


def test_keys_are_data_of_the_package():
    names = {each.name for each in (files("mediation.instruments") / "keys").iterdir()}
    assert {f"{key}.toml" for key in builtin_instruments()} == names


@pytest.mark.slow
def test_a_wheel_has_the_keys(tmp_path):
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", tmp_path, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"mediation/instruments/keys/{key}.toml" for key in builtin_instruments()} <= names
