"""The tables of a coverage design file as frozen models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

from mediation.errors import MediationError
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory.design import EFFECTS, LARGEST_PATH
from mediation.simulation.sizes import unequal_sizes
from mediation.study.method_entries import EngineEntry, IntervalEntry
from mediation.toml.complaints import suggestion
from mediation.toml.parts import Name, Part, broken_rule

ENGINES = ("ols", "mixed_models", "two_level_sem")
IMPOSSIBLE = "impossible"
"""Kind of an error whose text says everything already."""

TAGS = ("of equations", "joint")
"""What pydantic puts into a place to say which kind of engine it took; no key of the file."""


class CellEntry(Part):
    """One of `[[cells]]`, or one combination of `[[grids]]`, in the words of `Cell`.

    `teams` and `mean_size` stand for the package's unequal sizes, `organizations` for the same
    number of teams in each.
    """

    teams: int | None = Field(default=None, ge=2)
    mean_size: int | None = Field(default=None, ge=2)
    team_sizes: tuple[int, ...] = ()
    organizations: int | None = Field(default=None, ge=2)
    teams_per_organization: tuple[int, ...] | None = None
    alliance_icc: float = 0.05
    organization_share_of_icc: float = 0.5
    outcome_icc: float = 0.05
    a: float = Field(default=0.0, ge=-LARGEST_PATH, le=LARGEST_PATH)
    b: float = Field(default=0.0, ge=-LARGEST_PATH, le=LARGEST_PATH)
    predictor_organization_share: float = 0.5
    slope_sd: float = Field(default=0.0, le=LARGEST_PATH)
    skew: float = 0.0
    ceiling_share: float = 0.0
    time_varying: bool = False

    @model_validator(mode="after")
    def _one_design(self) -> CellEntry:
        counted = self.teams is not None and self.mean_size is not None
        partly = self.teams is not None or self.mean_size is not None
        if bool(self.team_sizes) == partly or (partly and not counted):
            advice = "Write for example `teams = 14` and `mean_size = 22`."
            found = "both" if partly and self.team_sizes else "one alone" if partly else "neither"
            raise broken_rule("`teams` with `mean_size`, or `team_sizes`", found, advice)
        if self.organizations is not None:
            if self.teams_per_organization is not None:
                expected = "`organizations` or `teams_per_organization`"
                raise broken_rule(expected, "both", "Leave one of them out.")
            if self.n_teams % self.organizations:
                advice = "Write `teams_per_organization = [...]` where they differ."
                found = f"{self.n_teams} teams in {self.organizations} organizations"
                raise broken_rule("as many teams in each", found, advice, "organizations")
        return self

    @property
    def n_teams(self) -> int:
        """Teams."""
        return self.teams if self.teams is not None else len(self.team_sizes)

    @model_validator(mode="after")
    def _is_possible(self) -> CellEntry:
        try:
            self.cell()
        except MediationError as error:
            raise PydanticCustomError(IMPOSSIBLE, "{text}", {"text": str(error)}) from None
        return self

    def cell(self) -> Cell:
        """Make the cell."""
        sizes = self.team_sizes
        if self.teams is not None and self.mean_size is not None:
            sizes = unequal_sizes(self.teams, self.mean_size)
        per = self.teams_per_organization
        if self.organizations is not None:
            per = (self.n_teams // self.organizations,) * self.organizations
        kept = self.model_dump(
            exclude={"teams", "mean_size", "team_sizes", "organizations", "teams_per_organization"}
        )
        return Cell(team_sizes=sizes, teams_per_organization=per, **kept)


class JointEngineEntry(Part):
    """`[methods.engine]` that fits one model to mediator and outcome together."""

    name: Literal["two_level_sem"]


def _tag(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return TAGS[1] if name == "two_level_sem" else TAGS[0]


AnyEngineEntry = Annotated[
    Annotated[EngineEntry, Tag(TAGS[0])] | Annotated[JointEngineEntry, Tag(TAGS[1])],
    Discriminator(_tag),
]


class MethodEntry(Part):
    """One of `[[methods]]`: engine and interval in the words of `study.toml`."""

    name: Name
    engine: AnyEngineEntry
    interval: IntervalEntry = IntervalEntry()
    ignores_clusters: bool = False


class DesignEntry(Part):
    """The whole file."""

    seed: int = Field(ge=0)
    n_studies: int = Field(default=10_000, ge=1)
    n_studies_sem: int = Field(default=2_000, ge=1)
    n_studies_resampled: int = Field(default=500, ge=1)
    n_resamples: int = Field(default=500, ge=100)
    effects: tuple[str, ...] = Field(default=("indirect within",), min_length=1)
    published: bool = False
    cells: tuple[CellEntry, ...] = ()
    grids: tuple[CellEntry, ...] = ()
    methods: tuple[MethodEntry, ...] = Field(min_length=1)

    @field_validator("effects")
    @classmethod
    def _known_effects(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [effect for effect in value if effect not in EFFECTS]
        if unknown:
            advice = "".join(suggestion(effect, list(EFFECTS)) for effect in unknown)
            found = f"`{'`, `'.join(unknown)}`"
            raise broken_rule(f"some of {', '.join(EFFECTS)}", found, f"{advice}Correct them.")
        return value
