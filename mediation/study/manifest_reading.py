"""Read `study.toml`, and say everything that is wrong with its text at once."""

from __future__ import annotations

from pathlib import Path

from mediation.errors import ManifestError
from mediation.study.manifest import Manifest
from mediation.study.manifest_structure import structure_complaints
from mediation.toml.complaints import listing
from mediation.toml.reading import check_part, parse_toml


def parse_manifest(text: str) -> Manifest:
    """Turn the text of `study.toml` into a manifest.

    Parameters
    ----------
    text : str

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
    raw = parse_toml(text, "The manifest")
    manifest, complaints = check_part(raw, Manifest)
    complaints += structure_complaints(raw)
    if manifest is None or complaints:
        raise ManifestError(listing("The manifest", complaints))
    return manifest


def read_manifest(path: Path) -> tuple[Manifest, bytes]:
    """Read `study.toml` and return the manifest and the bytes of the file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    manifest : Manifest
    content : bytes

    Raises
    ------
    ManifestError
        If there is no such file, it is not UTF-8, or its text has problems.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(
            f"Expected a manifest at {path.name}. It cannot be read: {error.strerror}. "
            "Give the path of a file like study.toml."
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError(
            f"{path.name} must be a text in UTF-8. It is not. Save it with that encoding."
        ) from None
    return parse_manifest(text), content
