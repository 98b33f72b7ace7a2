"""What a table holds, column by column: counts and ranges, on which every guess rests."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray

# Texts that are tried as dates, in this order; the first that fits every cell is taken.
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d")
# Texts that people write for a missing value.
MISSING_TEXTS = (".", "-", "--", "?", "#N/A", "N/A", "n/a", "NaN", "nan", "NULL", "missing")
# Numbers that people write for it, where nothing else is below zero.
MISSING_CODES = (-7, -8, -9, -77, -88, -99, -97, -98, -777, -888, -999, -9999)
MOST_LEVELS = 10
LONGEST_LEVEL = 40


class Holds(Enum):
    """What the cells of a column are."""

    NOTHING = "nothing"
    NUMBERS = "numbers"
    DATES = "dates"
    TEXT = "text"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ColumnFacts:
    """A column before anybody has said what it is.

    Attributes
    ----------
    header : str
    holds : Holds
    n, n_distinct : int
        Cells that are not missing, and different ones among them.
    low, high : float
        Of numbers; of dates as months since 1970. NaN else.
    is_whole : bool
        Whether all numbers are whole.
    date_format : str
        Of dates written as text in another form than ISO; empty else.
    missing : tuple of str
        Texts and numbers that seem to mean a missing value.
    keys : Series
        The cells as texts, to compare columns with each other; missing ones are None.
    numbers : ndarray
        Of numbers and dates; NaN where missing.
    labels : Series, optional
        Texts that the file shows for the numbers, where it has one for each of them.
    """

    header: str
    holds: Holds
    n: int
    n_distinct: int
    low: float
    high: float
    is_whole: bool
    date_format: str
    missing: tuple[str, ...]
    keys: pd.Series
    numbers: Array
    labels: pd.Series | None = None

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.n == self.n_distinct == len(self.keys) > 0

    def levels(self, minimum: int) -> tuple[str, ...]:
        """Give the texts of a category, the most frequent first, if none is rare or long."""
        texts = self.keys if self.labels is None else self.labels
        if (self.holds is not Holds.TEXT and self.labels is None) or self.n_distinct > MOST_LEVELS:
            return ()
        counts = texts.value_counts()
        is_rare = counts.min() < minimum or counts.index.str.len().max() > LONGEST_LEVEL
        return () if is_rare else tuple(map(str, counts.index))


def facts_of(header: str, cells: pd.Series) -> ColumnFacts:
    """Look at one column.

    Parameters
    ----------
    header : str
    cells : Series
        Texts with None where missing, or numbers, or moments.

    Returns
    -------
    ColumnFacts

    Examples
    --------
    >>> facts = facts_of("score", pd.Series(["1", "2", "-", "2"], dtype="str"))
    >>> facts.holds.value, facts.n, facts.high, facts.missing
    ('numbers', 3, 2.0, ('-',))
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        return _facts(header, Holds.DATES, cells.astype("str"), _months(cells))
    if pd.api.types.is_numeric_dtype(cells):
        numbers = cells.to_numpy(dtype=float, na_value=np.nan)
        return _facts(header, Holds.NUMBERS, _as_keys(numbers), numbers)
    texts = cells.astype("object").where(cells.notna(), None)
    missing = tuple(text for text in MISSING_TEXTS if (texts == text).any())
    kept = texts.where(~texts.isin(list(missing)), None)
    for candidate, odd in ((texts, ()), (kept, missing)):
        found = _parsed(header, candidate, odd)
        if found is not None:
            return found
    keys = texts.astype("str")
    return _facts(header, Holds.TEXT if len(texts) else Holds.NOTHING, keys, None)


def _parsed(header: str, texts: pd.Series, missing: tuple[str, ...]) -> ColumnFacts | None:
    """Numbers or dates if every text is one."""
    present = texts.dropna()
    if present.empty:
        return _facts(header, Holds.NOTHING, texts.astype("str"), None)
    different = pd.Series(present.unique())
    numbers = _numbers(different)
    if numbers is not None:
        values = texts.map(dict(zip(different, numbers, strict=True))).to_numpy(dtype=float)
        return _facts(header, Holds.NUMBERS, texts.astype("str"), values, missing=missing)
    for form in DATE_FORMATS:
        dates = pd.to_datetime(different, format=form, errors="coerce")
        if dates.notna().all():
            months = dict(zip(different, _months(dates), strict=True))
            values = texts.map(months).to_numpy(dtype=float)
            shown = "" if form == DATE_FORMATS[0] else form
            keys = texts.astype("str")
            return _facts(header, Holds.DATES, keys, values, date_format=shown, missing=missing)
    return None


def _numbers(texts: pd.Series) -> Array | None:
    plain = texts.str.strip().str.replace(r"^(-?\d+),(\d+)$", r"\1.\2", regex=True)
    if not plain.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?").all():
        return None
    values: Array = plain.to_numpy(dtype=float)
    return values


def _facts(
    header: str,
    holds: Holds,
    keys: pd.Series,
    numbers: Array | None,
    *,
    date_format: str = "",
    missing: tuple[str, ...] = (),
) -> ColumnFacts:
    values = np.full(len(keys), np.nan) if numbers is None else numbers
    if holds is Holds.NUMBERS:
        is_code = _are_codes(values)
        missing = (*missing, *dict.fromkeys(keys[is_code]))
        keys, values = keys.mask(is_code), np.where(is_code, np.nan, values)
    present = values[np.isfinite(values)]
    return ColumnFacts(
        header=header,
        holds=holds if len(keys.dropna()) else Holds.NOTHING,
        n=int(keys.notna().sum()),
        n_distinct=int(keys.nunique()),
        low=float(present.min()) if present.size else np.nan,
        high=float(present.max()) if present.size else np.nan,
        is_whole=bool(present.size) and bool(np.all(present == np.round(present))),
        date_format=date_format,
        missing=missing,
        keys=keys.reset_index(drop=True),
        numbers=values,
    )


def _are_codes(numbers: Array) -> BoolArray:
    """Mark numbers that seem to mean a missing value."""
    codes = np.isin(numbers, MISSING_CODES)
    rest = numbers[~codes & np.isfinite(numbers)]
    return codes if rest.size and rest.min() >= 0 else np.zeros_like(codes)


def _as_keys(numbers: Array) -> pd.Series:
    """Numbers as texts, whole ones without a point, so that 7 and 7.0 are one key."""
    whole = np.isfinite(numbers) & (numbers == np.round(numbers))
    texts = [
        None if np.isnan(value) else f"{value:.0f}" if is_whole else f"{value:g}"
        for value, is_whole in zip(numbers, whole, strict=True)
    ]
    return pd.Series(texts, dtype="str")


def _months(moments: pd.Series) -> Array:
    days = (moments - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    months: Array = np.floor(days.to_numpy(dtype=float)) / 30.4375
    return months


def without_marks(text: str) -> str:
    """Write letters without their marks.

    Examples
    --------
    >>> without_marks("Qualité, Träger")
    'Qualite, Trager'
    """
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words(header: str) -> tuple[str, ...]:
    """Split a header into words.

    Examples
    --------
    >>> words("CaseManager_ID"), words("interview date")
    (('case', 'manager', 'id'), ('interview', 'date'))
    """
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", without_marks(header))
    return tuple(word for word in re.split(r"[^a-z]+", apart.lower()) if word)


def same_header(one: str, other: str) -> bool:
    """Say whether two headers have the same letters and digits, as SPSS has no blanks in names.

    Examples
    --------
    >>> same_header("Client no", "CLIENTNO"), same_header("Client 1", "Client 2")
    (True, False)
    """
    first, second = (re.sub(r"[\W_]+", "", without_marks(text).lower()) for text in (one, other))
    return first == second


def overlap(one: ColumnFacts, other: ColumnFacts) -> float:
    """Share of the different values of `one` that `other` has too."""
    mine = set(one.keys.dropna().unique())
    return len(mine & set(other.keys.dropna().unique())) / len(mine) if mine else 0.0


def lies_in(inner: ColumnFacts, outer: ColumnFacts) -> bool:
    """Say whether every value of `inner` goes with one value of `outer`, and is no key itself."""
    known = pd.DataFrame({"inner": inner.keys, "outer": outer.keys}).dropna()
    if known.empty or not known["inner"].duplicated().any():
        return False
    return int(known.groupby("inner")["outer"].nunique().max()) <= 1
