"""The text of a first `study.toml`: every guess in its place, with a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise

from mediation.safe_text import printable
from mediation.starting.facts import ColumnFacts, Holds
from mediation.starting.guesses import Guesses
from mediation.toml.parts import FILL_IN

_ORDER = ("fidelity", "clients", "interviews", "spells", "goals", "rows")
# What each table must have, and what is written where it was not found.
_NEEDED = {
    "fidelity": {"team": "what is scored", "date": "day of the assessment"},
    "clients": {"client": "one row for each", "team": "as in the fidelity table"},
    "interviews": {"client": "as in the table of clients", "date": "day of the interview"},
}
_OR_ENROLLED = "months since enrollment; or name `enrolled` of the clients instead"


def manifest_text(
    guesses: Guesses, unread: tuple[str, ...] = (), *, is_synthetic: bool = False
) -> str:
    """Write the manifest.

    Parameters
    ----------
    guesses : Guesses
    unread : tuple of str
        Files that could not be read, and why; tables that are left out.
    is_synthetic : bool
        Whether the tables themselves say that they are invented.

    Returns
    -------
    str
        TOML; what is not known is there as `FILL IN`, and listed at the top.
    """
    lines = [
        "# First guesses, made by `mediation init` from the tables beside this file.",
        "# Read every line: a guess may be wrong. Then run: mediation validate study.toml",
        *_open_points((*unread, *guesses.unknown)),
        "",
        "[study]",
        f'name = "{FILL_IN}"  # title of the report',
        f"synthetic = {str(is_synthetic).lower()}  # true if the data are invented",
        "seed = 1  # any whole number: choose it once, before you see a result",
        "",
        *_tables(guesses),
        *_scores(guesses),
        *_variables(guesses),
        *(() if guesses.is_flat else (*_waves(guesses), *_linkage(guesses))),
        *_model(guesses),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _open_points(unknown: tuple[str, ...]) -> Iterable[str]:
    if not unknown:
        return
    yield "#"
    yield "# Could not be guessed:"
    for number, text in enumerate(unknown, start=1):
        # On one line, whatever a header holds: a comment ends where its line does.
        yield f"#   {number}. {' '.join(printable(text).split())}"


def _tables(guesses: Guesses) -> Iterable[str]:
    for role in _ORDER:
        guessed = guesses.tables.get(role)
        if guessed is None:
            yield from () if guesses.is_flat else _not_found(role)
            continue
        yield f"[tables.{role}]"
        yield f"file = {_quoted(guessed.table.file)}"
        options = dict(guessed.table.options) | _forms(guessed.keys)
        for key, value in options.items():
            yield f"{key} = {_quoted(value)}"
        missing = _missing(guessed.table.columns)
        if missing:
            texts = ", ".join(_quoted(text) for text in missing)
            yield f"missing = [{texts}]  # seem to mean a missing value, in every column"
        yield ""
        yield f"[tables.{role}.columns]"
        for name, column in guessed.keys.items():
            yield f"{_key(name)} = {_quoted(column.header)}"
        yield from _open_keys(role, guesses)
        for each in guesses.columns.get(role, ()):
            yield f"{_key(each.name)} = {_quoted(each.column.header)}"
        yield ""


def _not_found(role: str) -> Iterable[str]:
    """Write a table that was not found, as far as it is needed."""
    if role not in _NEEDED:
        return
    yield f"[tables.{role}]"
    yield f'file = "{FILL_IN}"  # the name of the file, with its ending'
    yield ""
    yield f"[tables.{role}.columns]"
    for name, comment in _NEEDED[role].items():
        yield f'{name} = "{FILL_IN}"  # its header in the file: {comment}'
    if role == "interviews":
        yield f'wave = "{FILL_IN}"  # its header in the file: {_OR_ENROLLED}'
    yield ""


def _open_keys(role: str, guesses: Guesses) -> Iterable[str]:
    """Write when an interview was held where neither that nor the enrollment was found."""
    if role != "interviews" or "enrolled" in guesses.tables["clients"].keys:
        return
    for name, comment in (("date", "day of the interview"), ("wave", _OR_ENROLLED)):
        if name not in guesses.tables[role].keys:
            yield f'{name} = "{FILL_IN}"  # its header in the file: {comment}'


def _forms(keys: Mapping[str, ColumnFacts]) -> dict[str, str]:
    """How dates are written, if not as ISO dates."""
    forms = {column.date_format for column in keys.values() if column.date_format}
    return {"date_format": forms.pop()} if len(forms) == 1 else {}


def _missing(columns: tuple[ColumnFacts, ...]) -> tuple[str, ...]:
    """Give what seems to mean a missing value, unless another column has it as a number."""
    texts = dict.fromkeys(text for column in columns for text in column.missing)
    below = [column for column in columns if column.holds is Holds.NUMBERS and column.low < 0]
    return tuple(text for text in texts if not any((c.keys == text).any() for c in below))


def _scores(guesses: Guesses) -> Iterable[str]:
    for score in guesses.scores:
        group = score.group
        yield f"[scores.{_key(score.name)}]"
        yield f"instrument = {_quoted(score.key)}  # by the number of items and their responses"
        if score.table != "interviews":
            yield f"table = {_quoted(score.table)}"
        if group.numbers == tuple(str(k) for k in range(1, len(group.numbers) + 1)):
            yield f"items = {_quoted(group.pattern)}"
        else:
            headers = ", ".join(_quoted(column.header) for column in group.columns)
            yield f"items = [{headers}]"
        yield ""


def _variables(guesses: Guesses) -> Iterable[str]:
    for score in guesses.scores:
        yield f"[variables.{_key(score.name)}]"
        words = "working alliance" if score.is_alliance else score.name.replace("_", " ")
        yield f"label = {_quoted(words.capitalize())}"
        yield ""
    for role, columns in guesses.columns.items():
        for each in columns:
            yield f"[variables.{_key(each.name)}]"
            yield f"label = {_quoted(each.column.header)}"
            if each.levels:
                yield 'kind = "category"'
                levels = ", ".join(_quoted(level) for level in each.levels)
                yield f"levels = [{levels}]  # the first is the reference; no names of people"
            else:
                yield 'kind = "number"'
                if role != "clients":
                    yield '# a scale with ends has: kind = "score", range = [lowest, highest]'
            yield ""


def _waves(guesses: Guesses) -> Iterable[str]:
    yield "[waves]"
    schedule = guesses.schedule
    if schedule is None:
        yield f'values = "{FILL_IN}"  # months since enrollment: [0, 6, 12]'
    else:
        yield f"values = [{', '.join(f'{wave:g}' for wave in schedule.waves)}]"
        if schedule.window is not None:
            yield f"window = {schedule.window:g}  # months before or after that still count"
    yield ""


def _linkage(guesses: Guesses) -> Iterable[str]:
    yield "[linkage]"
    yield f"predictor = {_quoted(guesses.predictor or FILL_IN)}"
    yield f"clock = {_quoted(guesses.clock)}"
    yield 'rule = "interpolate"  # or "last_before", "nearest", "mean_exposure"'
    yield "max_age_months = 12"
    yield 'stale = "keep"  # or "drop"'
    yield ""


def _model(guesses: Guesses) -> Iterable[str]:
    level = "within" if guesses.clusters or not guesses.is_flat else "single"
    yield "[[models]]"
    yield 'name = "Fidelity, alliance and outcomes"'
    yield f'headline = "indirect {level}"  # the effect the report is about: choose it beforehand'
    yield f"predictor = {_quoted(guesses.predictor or FILL_IN)}"
    yield f"mediators = {_list(guesses.mediators)}"
    yield f"outcomes = {_list(guesses.outcomes)}"
    yield from () if guesses.is_flat else _pairs(guesses)
    used = (guesses.predictor, *guesses.mediators, *guesses.outcomes)
    people = guesses.columns.get("clients", ())
    covariates = tuple(
        each.name for each in people if each.name not in used and not each.may_be_codes
    )
    yield f"covariates = {_list(covariates, filled=False)}  # in every equation"
    yield f"clusters = {_list(guesses.clusters, filled=False)}  # outermost first"


def _pairs(guesses: Guesses) -> Iterable[str]:
    waves = guesses.schedule.waves if guesses.schedule else ()
    pairs = list(pairwise(waves[1:] if len(waves) > 2 else waves))
    shown = ", ".join(f"{{ mediator = {m:g}, outcome = {y:g} }}" for m, y in pairs)
    example = f'"{FILL_IN}"  # [{{ mediator = 6, outcome = 12 }}]'
    yield f"waves = [{shown}]" if pairs else f"waves = {example}"
    if len(waves) == 2:
        yield "baseline = false  # the mediator is measured at the first interview"


def _list(names: tuple[str, ...], *, filled: bool = True) -> str:
    given = names or ((FILL_IN,) if filled else ())
    return "[" + ", ".join(_quoted(name) for name in given) + "]"


def _key(name: str) -> str:
    """Write a name as a key of TOML."""
    return name if name.replace("_", "").isalnum() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    """Write a text as TOML, whose basic strings JSON strings are but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
