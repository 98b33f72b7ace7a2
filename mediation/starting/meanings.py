"""What the words of a header speak of, in the contract's names."""

from __future__ import annotations

from mediation.starting.facts import ColumnFacts, words

# Name by the contract -> words that mean it, the plainest first.
WORDS = {
    "client": (
        *("client", "participant", "patient", "person", "subject", "respondent", "consumer"),
        *("klient", "klientin", "teilnehmer", "proband"),
    ),
    "case_manager": (
        *("manager", "worker", "keyworker", "clinician", "therapist", "coach", "cm"),
        *("counselor", "counsellor", "nurse", "betreuer", "betreuerin", "bezugsbetreuer"),
    ),
    "team": ("team", "squad", "equipe"),
    "organization": (
        *("organization", "organisation", "agency", "org", "site", "provider"),
        *("trager", "einrichtung"),
    ),
    "enrolled": (
        *("enrolled", "enrolment", "enrollment", "intake", "admission", "admitted", "aufnahme"),
    ),
    "start": ("start", "from", "begin", "since", "beginn", "von"),
    "end": ("end", "to", "until", "stop", "till", "ende", "bis"),
    "status": ("status", "attained", "achieved", "attainment"),
    "wave": ("wave", "months", "month", "visit", "timepoint", "occasion", "time", "welle"),
    "date": ("date", "day", "datum", "assessed", "interviewed"),
}
FIDELITY = ("fidelity", "smcm", "sfs", "modelltreue")
ALLIANCE = ("alliance", "wai", "rprs", "relationship", "bond", "bundnis", "arbeitsbundnis")
# Headers of texts about or by people, whose cells are never written.
NAMES = ("name", "surname", "initials", "notes", "note", "comment", "comments", "bemerkung")
IDENTIFIERS = ("id", "code", "nr", "no", "number", "key")


def means(column: ColumnFacts, name: str) -> int:
    """Say how well a header fits a name of the contract: 0 not at all, more is better.

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.starting.facts import facts_of
    >>> column = facts_of("client_id", pd.Series(["a"], dtype="str"))
    >>> means(column, "client") > means(column, "team") == 0
    True
    """
    found = words(column.header)
    known = WORDS[name]
    best = max((len(known) - known.index(word) for word in found if word in known), default=0)
    if not best:
        return 0
    # `client_id` is more likely a client than `client_age_group`.
    rest = [word for word in found if word not in known and word not in IDENTIFIERS]
    return max(1, 10 * best - 3 * len(rest))


def best(columns: tuple[ColumnFacts, ...], name: str) -> ColumnFacts | None:
    """Give the column whose header fits a name best, or None."""
    fits = [column for column in columns if means(column, name)]
    return max(fits, key=lambda column: means(column, name), default=None)


def speaks_of(header: str, vocabulary: tuple[str, ...]) -> bool:
    """Say whether a header has one of the words."""
    return any(word in vocabulary for word in words(header))
