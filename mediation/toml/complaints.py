"""What is wrong in a TOML file: where, what belongs there, what is there, what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

MOST_LISTED = 40


class Complaint(NamedTuple):
    """One thing wrong in the manifest: where, what belongs there, what is there, what to do."""

    place: str
    expected: str
    found: str
    advice: str

    def __str__(self) -> str:
        """Write the complaint as one paragraph."""
        return f"`{self.place}`: expected {self.expected}; found {self.found}. {self.advice}"


def suggestion(name: str, known: list[str]) -> str:
    """Write a sentence with the nearest known name, or the empty text."""
    nearest = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"Did you mean `{nearest[0]}`? " if nearest else ""


def listing(what: str, complaints: list[Complaint]) -> str:
    """Write complaints, each once and numbered, under a first line that counts them all."""
    unique = list(dict.fromkeys(complaints))
    count = "a problem" if len(unique) == 1 else f"{len(unique)} problems"
    lines = [f"  {i}. {complaint}" for i, complaint in enumerate(unique[:MOST_LISTED], 1)]
    if len(unique) > MOST_LISTED:
        lines.append(f"  and {len(unique) - MOST_LISTED} more, listed when these are corrected.")
    return "\n".join([f"{what} has {count}:", *lines])
