"""Everything guessed of a study, as a value: the manifest is written from it."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.starting.columns import GuessedColumn, guess_columns, listed
from mediation.starting.facts import ColumnFacts, Holds, overlap, same_header
from mediation.starting.items import ItemGroup, item_groups, timed_groups
from mediation.starting.meanings import ALLIANCE, FIDELITY, speaks_of
from mediation.starting.schedule import Schedule, guess_schedule
from mediation.starting.tables import CLUSTERS, SHARED, GuessedTable


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GuessedScore:
    """A score made of items.

    Attributes
    ----------
    name : str
        In the rest of the manifest.
    key : str
        Of the instrument.
    table : str
    group : ItemGroup
    is_alliance : bool
    """

    name: str
    key: str
    table: str
    group: ItemGroup
    is_alliance: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Guesses:
    """What a folder of tables seems to be.

    Attributes
    ----------
    tables : dict of str to GuessedTable
    columns : dict of str to tuple of GuessedColumn
        By table: what is read besides keys and items.
    scores : tuple of GuessedScore
    schedule : Schedule or None
    clock : str
        "date" or "months".
    unknown : tuple of str
        What could not be guessed, as things to do.
    """

    tables: dict[str, GuessedTable]
    columns: dict[str, tuple[GuessedColumn, ...]]
    scores: tuple[GuessedScore, ...]
    schedule: Schedule | None
    clock: str
    unknown: tuple[str, ...]

    @property
    def is_flat(self) -> bool:
        """Whether there is one table of rows, without interviews."""
        return "rows" in self.tables

    @property
    def clusters(self) -> tuple[str, ...]:
        """Clusters of the models, outermost first.

        Case managers are among them only where they are what is scored, or of a flat study.
        """
        people = self.tables.get("clients") or self.tables.get("rows")
        keys = people.keys if people else {}
        scored = self.tables["fidelity"].keys if "fidelity" in self.tables else {}
        inner = "case_manager" in (keys if self.is_flat else scored)
        return tuple(name for name in CLUSTERS[: 3 if inner else 2] if name in keys)

    @property
    def predictor(self) -> str | None:
        """Score of the fidelity table that is linked."""
        names = [score.name for score in self.scores if score.name == "fidelity"]
        others = [
            each.name for each in self.columns.get("rows" if self.is_flat else "fidelity", ())
        ]
        speaking = [name for name in others if speaks_of(name, FIDELITY)]
        found = [*names, *speaking, *([] if self.is_flat else others)]
        return found[0] if found else None

    @property
    def mediators(self) -> tuple[str, ...]:
        """Scores of the alliance: the first one, since instruments are not interchangeable."""
        scored = [score.name for score in self.scores if score.is_alliance]
        named = [each.name for each in self._measured if speaks_of(each.name, ALLIANCE)]
        return tuple([*scored, *named][:1])

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every other score of the interviews; of rows only those made of items."""
        taken = ("fidelity", *self.mediators)
        scored = [s.name for s in self.scores if s.table != "fidelity" and s.name not in taken]
        named = [
            each.name
            for each in self._measured
            if not each.levels and each.column.n_distinct > 2 and not speaks_of(each.name, ALLIANCE)
        ]
        return tuple([*scored, *([] if self.is_flat else named)])

    @property
    def _measured(self) -> tuple[GuessedColumn, ...]:
        return self.columns.get("rows" if self.is_flat else "interviews", ())


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What of an instrument tells whether items may be its own."""

    key: str
    score: str
    is_alliance: bool
    table: str
    n_items: int
    low: float
    high: float
    words: tuple[str, ...]


def guess(
    tables: dict[str, GuessedTable], known: tuple[KnownKey, ...], minimum: int = 5
) -> Guesses:
    """Guess columns, scores and waves of tables whose keys are guessed.

    Parameters
    ----------
    tables : dict of str to GuessedTable
    known : tuple of KnownKey
        Instruments of the package.
    minimum : int
        Smallest count of people that may be shown: levels with fewer are not written.

    Returns
    -------
    Guesses
    """
    unknown: list[str] = []
    scores: list[GuessedScore] = []
    columns: dict[str, tuple[GuessedColumn, ...]] = {}
    taken: set[str] = set()
    for role in ("rows",) if "rows" in tables else ("fidelity", "clients", "interviews"):
        if role not in tables:
            unknown.append(_no_table(role))
            continue
        others, wide = _without_wide(tables[role].others, role)
        unknown += wide
        groups = item_groups(others)
        for group in groups:
            scores += _scored(group, role, known, taken, unknown)
        in_groups = {c.header for group in groups for c in group.columns}
        rest = [c for c in others if c.header not in in_groups]
        if role == "fidelity" and "clients" in tables:
            rest = [c for c in rest if not _is_known(c, tables["clients"])]
        clusters = tuple(tables[role].keys[n] for n in CLUSTERS if n in tables[role].keys)
        columns[role] = tuple(guess_columns(rest, role, minimum, taken, unknown, clusters))
    dates = tables["fidelity"].keys["date"] if "fidelity" in tables else None
    clock = "months" if dates is not None and dates.holds is Holds.NUMBERS else "date"
    schedule = _schedule(tables, minimum, unknown)
    if "rows" in tables:
        unknown += [
            "Which columns are predictor, mediators and outcomes, and in which clusters the rows "
            "lie. With one table only, the study is taken to be flat, one row for each client; "
            "if clients were interviewed several times, export clients, interviews and fidelity "
            "as three tables."
        ]
    return Guesses(tables, columns, tuple(scores), schedule, clock, tuple(unknown))


def _is_known(column: ColumnFacts, clients: GuessedTable) -> bool:
    """Say whether a column repeats clusters that the clients' table has."""
    keys = [clients.keys[name] for name in CLUSTERS if name in clients.keys]
    return any(
        same_header(column.header, key.header) and overlap(column, key) >= SHARED for key in keys
    )


def _no_table(role: str) -> str:
    what = {
        "fidelity": "the table of fidelity assessments: a cluster of the clients, a date, scores",
        "clients": "the table of clients: one row each, with the clusters they belong to",
        "interviews": "the table of interviews: the clients' key, a date or a wave, scores",
    }[role]
    return f"Which file is {what}. Write [tables.{role}]."


def _without_wide(
    others: tuple[ColumnFacts, ...], role: str
) -> tuple[tuple[ColumnFacts, ...], list[str]]:
    """Leave out of clients what are scores of several interviews side by side, and say so."""
    if role != "clients":
        return others, []
    said, gone = [], set()
    for group in timed_groups(others):
        gone |= {column.header for column in group}
        said.append(
            f"How `{group[0].header}` to `{group[-1].header}` of the clients become rows of the "
            "interviews. They seem to be one score at several interviews, side by side; a table "
            "with one row for each client and interview is needed: reshape it from wide to long "
            "(SPSS VARSTOCASES, Stata reshape long, R pivot_longer). They are left out."
        )
    return tuple(column for column in others if column.header not in gone), said


def _scored(
    group: ItemGroup,
    role: str,
    known: tuple[KnownKey, ...],
    taken: set[str],
    unknown: list[str],
) -> list[GuessedScore]:
    """Find the one instrument that a group of items fits, else say what is open."""
    fits = [
        each
        for each in known
        if role in (each.table, "rows")
        and each.n_items == len(group.columns)
        and each.low <= group.low
        and group.high <= each.high
    ]
    speaking = [each for each in fits if speaks_of(group.stem, each.words)]
    place = f"{len(group.columns)} columns like {listed([group.columns[0].header])} of the {role}"
    if len(speaking) != 1:
        could = f" They may be {', '.join(each.key for each in fits)}." if fits else ""
        unknown.append(
            f"Which instrument the {place} belong to (responses from {group.low:g} to "
            f"{group.high:g}).{could} Write [scores.*] with its key, or a key of your own."
        )
        return []
    (found,) = speaking
    if found.score in taken:
        unknown.append(f"Whether the {place} are a second {found.score}; one is taken already.")
        return []
    taken.add(found.score)
    return [GuessedScore(found.score, found.key, role, group, found.is_alliance)]


def _schedule(tables: dict[str, GuessedTable], minimum: int, unknown: list[str]) -> Schedule | None:
    """Guess the waves from the column of waves, or from dates and enrollment."""
    interviews, clients = tables.get("interviews"), tables.get("clients")
    found = None
    if interviews is not None and "wave" in interviews.keys:
        found = guess_schedule(interviews.keys["wave"].numbers, minimum)
    elif interviews is not None and clients is not None and "enrolled" in clients.keys:
        enrolled = dict(
            zip(clients.keys["client"].keys, clients.keys["enrolled"].numbers, strict=True)
        )
        begun = interviews.keys["client"].keys.map(enrolled).to_numpy(dtype=float)
        if "date" in interviews.keys:
            found = guess_schedule(interviews.keys["date"].numbers - begun, minimum)
    if found is None and clients is not None:
        unknown.append(
            "At how many months since enrollment clients were to be interviewed. Write [waves], "
            "and a column `wave` of the interviews or `enrolled` of the clients."
        )
    return found
