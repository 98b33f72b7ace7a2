"""Scoring keys: those of the package, and one's own, read by the same function."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from mediation.errors import ManifestError
from mediation.instruments.instrument import Instrument
from mediation.instruments.rules import breaches
from mediation.toml.complaints import listing, suggestion
from mediation.toml.reading import check_part, parse_toml

# A scoring key is a page of text; more is another file given by mistake.
MAX_BYTES = 1_000_000


def parse_instrument(text: str) -> Instrument:
    """Turn the text of a scoring key into an instrument.

    Parameters
    ----------
    text : str
        TOML, as described in `docs/instruments.md`.

    Returns
    -------
    Instrument

    Raises
    ------
    ManifestError
        With every problem of the text, each with its place in the file.

    Examples
    --------
    >>> try:
    ...     parse_instrument("key = 5")
    ... except ManifestError as error:
    ...     print(str(error).splitlines()[0])
    The scoring key has 10 problems:
    """
    raw = parse_toml(text, "The scoring key")
    instrument, complaints = check_part(raw, Instrument)
    between = list(breaches(raw))
    if between:
        # The instrument itself stops at the first of these, and names no place in a table.
        complaints = [each for each in complaints if not each.place.startswith(".")]
    complaints += between
    if instrument is None or complaints:
        raise ManifestError(listing("The scoring key", complaints))
    return instrument


def read_instrument(path: Path) -> Instrument:
    """Read a scoring key of one's own.

    Parameters
    ----------
    path : Path
        A TOML file in UTF-8.

    Returns
    -------
    Instrument

    Raises
    ------
    ManifestError
        If there is no such file, it is no text in UTF-8, or its text has problems.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path of a file"
        raise ManifestError(
            f"Expected a scoring key at {path.name}. It cannot be read: {reason}. "
            "Give the path of a TOML file."
        ) from None
    if len(content) > MAX_BYTES:
        raise ManifestError(
            f"{path.name} must be a scoring key. It has more than {MAX_BYTES:,} bytes. "
            "Give the path of a TOML file with one scoring key."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError(
            f"{path.name} must be a text in UTF-8. It is not. Save it with that encoding."
        ) from None
    return parse_instrument(text)


@cache
def builtin_instruments() -> Mapping[str, Instrument]:
    """Read the scoring keys of the package.

    Returns
    -------
    mapping of str to Instrument
        By key, in alphabetical order.
    """
    folder = files("mediation.instruments") / "keys"
    texts = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    read = [parse_instrument(each.read_text(encoding="utf-8")) for each in texts]
    return MappingProxyType({each.key: each for each in sorted(read, key=lambda each: each.key)})


def instrument(key: str) -> Instrument:
    """Give a scoring key of the package.

    Parameters
    ----------
    key : str

    Returns
    -------
    Instrument

    Raises
    ------
    ManifestError
        If there is none of that name, with the one that was probably meant.

    Examples
    --------
    >>> instrument("rprs_24").responses
    (1.0, 4.0)
    >>> try:
    ...     instrument("rprs24")
    ... except ManifestError as error:
    ...     print(str(error).split(". ")[1])
    Did you mean `rprs_24`? Choose one of them, or give the `file` of your own key.
    """
    known = builtin_instruments()
    if key not in known:
        raise ManifestError(
            f"Expected one of the instruments {', '.join(known)}; found another name. "
            f"{suggestion(key, list(known))}Choose one of them, or give the `file` of your own key."
        )
    return known[key]
