"""Column names as words in a sentence."""

from __future__ import annotations


def in_words(name: str) -> str:
    """Write a column name as a noun: "case_manager" -> "case manager"."""
    return name.replace("_", " ")


def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun.

    Examples
    --------
    >>> with_article("mediator"), with_article("outcome")
    ('a mediator', 'an outcome')
    """
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def plural(name: str) -> str:
    """Write the plural of a cluster's column name.

    Examples
    --------
    >>> plural("agency"), plural("case_manager"), plural("branch")
    ('agencies', 'case managers', 'branches')
    """
    word = in_words(name)
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"
