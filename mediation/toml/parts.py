"""What every table of a manifest is: read only, strict, with errors in three parts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

Name = Annotated[str, StringConstraints(min_length=1)]

# What a first manifest has where nothing could be guessed.
FILL_IN = "FILL IN"


def broken_rule(expected: str, found: str, advice: str, key: str = "") -> PydanticCustomError:
    """Make an error that keeps apart what was expected, what was found and what to do.

    `key` names the entry inside the table that is checked, where it is one alone.
    """
    parts = {"expected": expected, "found": found, "advice": advice, "key": key}
    return PydanticCustomError("broken_rule", "expected {expected}", parts)


class Part(BaseModel):
    """A table of the manifest: read only, no unknown keys, no guessed types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
