"""Read `study.toml`, and say everything that is wrong with its text at once."""

from __future__ import annotations

from pathlib import Path

from mediation.errors import ManifestError
from mediation.study.instrument_entries import with_instruments
from mediation.study.manifest import Manifest
from mediation.study.manifest_structure import structure_complaints
from mediation.study.specification_checks import specification_complaints
from mediation.toml.complaints import listing
from mediation.toml.parts import FILL_IN
from mediation.toml.reading import MAX_CHARACTERS, check_part, parse_toml


def parse_manifest(text: str, folder: Path | None = None) -> Manifest:
    """Turn the text of `study.toml` into a manifest.

    Parameters
    ----------
    text : str
    folder : Path, optional
        Where scoring keys of one's own are looked for.

    Returns
    -------
    Manifest

    Raises
    ------
    ManifestError
        With every problem of the text, each with its place in the file.

    Examples
    --------
    >>> try:
    ...     parse_manifest("study = 5")
    ... except ManifestError as error:
    ...     print(str(error).splitlines()[0])
    The manifest has 3 problems:
    """
    return _parse(text, folder)[0]


def _parse(text: str, folder: Path | None) -> tuple[Manifest, tuple[bytes, ...]]:
    """Give the manifest and the bytes of its own scoring keys."""
    raw = parse_toml(text, "The manifest")
    manifest, complaints = check_part(raw, Manifest)
    # A mark that is still to be filled in has been told of.
    complaints += [each for each in structure_complaints(raw) if FILL_IN not in each.found]
    contents: tuple[bytes, ...] = ()
    if manifest is not None:
        manifest, of_scores, contents = with_instruments(manifest, folder)
        complaints += of_scores
    # Columns can be looked up once every table that a manifest needs is there.
    if manifest is not None and not complaints:
        complaints += specification_complaints(manifest)
    if manifest is None or complaints:
        raise ManifestError(listing("The manifest", complaints))
    return manifest, contents


def read_manifest(path: Path) -> tuple[Manifest, bytes]:
    """Read `study.toml` and the scoring keys of one's own that it names.

    Parameters
    ----------
    path : Path

    Returns
    -------
    manifest : Manifest
    content : bytes
        Of the manifest and of those keys.

    Raises
    ------
    ManifestError
        If there is no such file, it is not UTF-8, or its text has problems.
    """
    try:
        with path.open("rb") as file:
            # No character has more bytes, so that what is longer is refused when it is parsed.
            content = file.read(4 * MAX_CHARACTERS + 4)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path of a file"
        raise ManifestError(
            f"Expected a manifest at {path.name}. It cannot be read: {reason}. "
            "Give the path of a file like study.toml."
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError(
            f"{path.name} must be a text in UTF-8. It is not. Save it with that encoding."
        ) from None
    manifest, contents = _parse(text, path.parent)
    return manifest, b"".join((content, *contents))
