"""The scoring keys of a manifest: found, read, and checked against what it says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from mediation.errors import ManifestError
from mediation.instruments.instrument import Instrument
from mediation.instruments.reading import builtin_instruments, parse_instrument
from mediation.study.manifest import Manifest
from mediation.study.readers.place import locate
from mediation.study.readers.raw import Unreadable
from mediation.study.score_entries import GOALS, ScoreEntry
from mediation.toml.complaints import Complaint, suggestion


def with_instruments(
    manifest: Manifest, folder: Path | None
) -> tuple[Manifest, tuple[Complaint, ...], tuple[bytes, ...]]:
    """Give a manifest the scoring keys that its scores name.

    Parameters
    ----------
    manifest : Manifest
    folder : Path or None
        Where keys of one's own are looked for; None if there is none.

    Returns
    -------
    manifest : Manifest
    complaints : tuple of Complaint
    contents : tuple of bytes
        Of the keys of one's own, for the hash of the study.
    """
    found: dict[str, Instrument] = {}
    complaints: list[Complaint] = []
    contents: list[bytes] = []
    for name, score in manifest.scores.items():
        try:
            key, content = _key_of(name, score, folder)
        except ManifestError as error:
            complaints.append(_unread(name, score, error))
            continue
        contents += [content] if content else []
        complaints += _against_key(name, score, key)
        found[name] = key
    resolved = manifest.model_copy(update={"instruments": MappingProxyType(found)})
    return resolved, tuple(complaints), tuple(contents)


def _key_of(name: str, score: ScoreEntry, folder: Path | None) -> tuple[Instrument, bytes]:
    if score.file is None:
        known = builtin_instruments()
        key = score.instrument or ""
        if key not in known:
            hint = suggestion(key, list(known))
            raise ManifestError(f"{hint}Known are {', '.join(known)}.")
        return known[key], b""
    if folder is None:
        raise ManifestError("Read the manifest from its folder, so that the file can be found.")
    try:
        content = locate(score.file, name, folder).read_bytes()
        return parse_instrument(content.decode("utf-8-sig")), content
    except Unreadable as why:
        raise ManifestError(f"Expected {why.expected}; found {why.found}. {why.advice}") from None
    except (OSError, UnicodeDecodeError):
        raise ManifestError("Save it as a text in UTF-8 that can be opened.") from None


def _unread(name: str, score: ScoreEntry, error: ManifestError) -> Complaint:
    if score.file is None:
        place, expected, found = "instrument", "a scoring key of the package", "another name"
        return Complaint(f"scores.{name}.{place}", expected, f"{found}", str(error))
    expected = "the file of a scoring key"
    return Complaint(f"scores.{name}.file", expected, "one that cannot be used", str(error))


def _against_key(name: str, score: ScoreEntry, key: Instrument) -> Iterator[Complaint]:
    """Yield what a score asks of its key that the key does not have."""
    place = f"scores.{name}"
    if score.instrument != GOALS and not key.items:
        yield Complaint(
            place, "a key with items", "a key of goals",
            f'Write `instrument = "{GOALS}"` for a table of goals.',
        )  # fmt: skip
        return
    n = len(key.items)
    if isinstance(score.items, tuple) and score.items and len(score.items) != n:
        yield Complaint(
            f"{place}.items", f"{n} headers, as `{key.key}` has items", str(len(score.items)),
            "Name every item in the order of the key, or write a pattern.",
        )  # fmt: skip
    if len(set(score.items)) < len(score.items) and isinstance(score.items, tuple):
        yield Complaint(f"{place}.items", "headers that differ", "one twice", "Name each once.")
    if score.subscale is not None and score.subscale not in key.subscales:
        known = list(key.subscales)
        can_be = f"one of {', '.join(known)}" if known else "none: its items are not known by part"
        yield Complaint(
            f"{place}.subscale", f"a subscale of `{key.key}` ({can_be})", f"`{score.subscale}`",
            f"{suggestion(score.subscale, known)}Correct it, or leave it out.",
        )  # fmt: skip
