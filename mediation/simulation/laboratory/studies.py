"""Studies of a cell, and the equations of a model in all of them at once."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.parametric_draws import rebuild_columns
from mediation.model import MediationModel, Parameter
from mediation.simulation.batch import StudyBatch, simulate_batch
from mediation.simulation.cell import PAIR, Cell
from mediation.simulation.laboratory.design import CHUNK


def stable_number(text: str) -> int:
    """Turn a text into a number of 64 bits, the same in every process.

    Examples
    --------
    >>> stable_number("14x22")
    8877367153904415576
    """
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def cell_key(cell: Cell) -> str:
    """Everything that makes a cell what it is, as text; 0 and 0.0 are the same.

    Examples
    --------
    >>> cell_key(Cell((8, 9, 10), a=0)) == cell_key(Cell((8, 9, 10), a=-0.0))
    True
    """
    plain = {
        name: value if isinstance(value, bool | tuple | None) else float(value) + 0.0
        for name, value in asdict(cell).items()
    }
    return repr(sorted(plain.items()))


def draw_studies(cell: Cell, seed: int, chunk: int) -> StudyBatch:
    """Draw the studies of one chunk of a cell: the same for every method, worker and run.

    Parameters
    ----------
    cell : Cell
    seed : int
    chunk : int
        Number of the chunk of `CHUNK` studies, from zero.
    """
    sequence = np.random.SeedSequence([seed, stable_number(cell_key(cell)), chunk])
    return simulate_batch(cell.truth(), PAIR, CHUNK, np.random.default_rng(sequence))


def resampling_stream(cell: Cell, seed: int, chunk: int, method: str) -> np.random.Generator:
    """Random numbers of a method that resamples, apart from those of the studies."""
    words = [seed, stable_number(cell_key(cell)), chunk, stable_number(method)]
    return np.random.default_rng(np.random.SeedSequence(words))


@dataclass(frozen=True, slots=True, eq=False)
class WithoutTotal(Prepared):
    """Equations of mediator and outcome, where nobody asks for the total effect."""

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Every equation that is fitted."""
        return (*self.mediator_equations, self.outcome_equation)


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """The first studies of a chunk as matrices of the equations of one model.

    Attributes
    ----------
    model : MediationModel
    frame : DataFrame
        The design, with the first study.
    drawn : dict of str to ndarray, shape (N, n_clients) each
    prepared : Prepared
        The equations that are fitted.
    values : ndarray, shape (N, n_clients, n_columns)
    """

    model: MediationModel
    frame: pd.DataFrame
    drawn: dict[str, Array]
    prepared: Prepared
    values: Array


def matrices_of(
    model: MediationModel, batch: StudyBatch, n_studies: int, *, with_total: bool
) -> Matrices:
    """Build the equations of a model for the first studies of a batch.

    Parameters
    ----------
    model : MediationModel
    batch : StudyBatch
    n_studies : int
    with_total : bool
        Whether the equation of the total effect is fitted too.

    Returns
    -------
    Matrices
    """
    frame = batch.frame()
    prepared = prepare(model, frame)
    if not with_total:
        parts = {field.name: getattr(prepared, field.name) for field in fields(prepared)}
        prepared = WithoutTotal(**parts)
    drawn = {name: values[:n_studies] for name, values in batch.drawn.items()}
    values = rebuild_columns(prepared, prepared.equations[0].matrix, drawn)
    return Matrices(model, frame, drawn, prepared, values)


def parameters_of(prepared: Prepared) -> tuple[Parameter, ...]:
    """Paths of all equations, in the order of every engine that fits equations apart."""
    return tuple(role for e in prepared.equations for role in e.roles if role is not None)
