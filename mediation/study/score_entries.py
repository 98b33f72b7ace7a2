"""`[scores.*]`: columns that are scored from the items of an instrument."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mediation.toml.parts import Name, Part, broken_rule
from mediation.vocabulary import Metric

GOALS = "goal_attainment"


class ScoreEntry(Part):
    """A column made of items: by which key, from which table, and how.

    Attributes
    ----------
    instrument : str, optional
        A key of the package; or
    file : str, optional
        A scoring key of one's own in a TOML file beside the manifest.
    table : str
        Where the items are.
    items : str or tuple of str
        Headers: a pattern such as `rprs_{}`, whose braces stand for the name of the item in
        the key, or every header in the order of the key. Empty for goals.
    subscale : str, optional
        Left out, the whole instrument.
    metric : Metric, optional
        Left out, the instrument's.
    max_missing : float, optional
        Greatest share of missing items that is made up for by the mean of the others; left
        out, the instrument's.
    attained : tuple of str
        Of goals: texts of `status` that mean attained.
    """

    instrument: Name | None = None
    file: Name | None = None
    table: Literal["fidelity", "clients", "interviews", "rows", "goals"] = "interviews"
    items: Name | tuple[Name, ...] = ()
    subscale: Name | None = None
    metric: Metric | None = None
    max_missing: float | None = Field(default=None, ge=0, lt=1)
    attained: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _one_key(self) -> ScoreEntry:
        if (self.instrument is None) == (self.file is None):
            found = "neither" if self.file is None else "both"
            advice = "Give a key of the package, or the file of your own."
            raise broken_rule("either `instrument` or `file`", found, advice)
        return self

    @model_validator(mode="after")
    def _items_or_goals(self) -> ScoreEntry:
        is_goals = self.instrument == GOALS
        if is_goals != (self.table == "goals"):
            advice = f'Write `instrument = "{GOALS}"` together with `table = "goals"`.'
            raise broken_rule("goal attainment from the table of goals", "one of the two", advice)
        if is_goals != bool(self.attained):
            advice = 'Write for example `attained = ["attained"]` for goals, and only for them.'
            found = "texts" if self.attained else "none"
            raise broken_rule("the texts that mean attained", found, advice, "attained")
        for_items = {"items", "subscale", "metric", "max_missing"} & self.model_fields_set
        if is_goals and for_items:
            names = "`, `".join(sorted(for_items))
            raise broken_rule("no options of items for goals", f"`{names}`", "Remove them.")
        if not is_goals and not self.items:
            advice = 'Write a pattern such as `items = "rprs_{}"`, or every header.'
            raise broken_rule("the headers of the items", "none", advice, "items")
        if isinstance(self.items, str) and self.items.count("{}") != 1:
            advice = "Write the braces where the name of the item stands."
            raise broken_rule("a pattern with one {}", "another text", advice, "items")
        return self

    @property
    def makes(self) -> str:
        """Table that has the score as a column."""
        return "interviews" if self.table == "goals" else self.table

    def headers(self, items: tuple[str, ...]) -> dict[str, str]:
        """Header of every item of the key, by its name there; what is not named is left out."""
        if isinstance(self.items, str):
            return {item: self.items.replace("{}", item) for item in items}
        return dict(zip(items, self.items, strict=False))


def item_column(score: str, item: str) -> str:
    """Name of the column of an item while a table is read."""
    return f"{score}[{item}]"
