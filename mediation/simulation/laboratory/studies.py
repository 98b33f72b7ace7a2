"""Studies of a cell, and the equations of a model in all of them at once."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray
from mediation.errors import MediationError
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.estimable import put_instead
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
        Those of the first study that can be analyzed in place of one that cannot.
    possible : ndarray of bool, shape (N,)
        Whether `estimate` would take a study.
    """

    model: MediationModel
    frame: pd.DataFrame
    drawn: dict[str, Array]
    prepared: Prepared
    values: Array
    possible: BoolArray


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

    Raises
    ------
    MediationError
        If no study of the batch can be analyzed.
    """
    frame, prepared = _first_possible(model, batch)
    if not with_total:
        parts = {field.name: getattr(prepared, field.name) for field in fields(prepared)}
        prepared = WithoutTotal(**parts)
    drawn = {name: values[:n_studies] for name, values in batch.drawn.items()}
    matrix = prepared.equations[0].matrix
    values = rebuild_columns(prepared, matrix, drawn)
    possible = put_instead(prepared, values, matrix)
    return Matrices(model, frame, drawn, prepared, values, possible)


def _first_possible(model: MediationModel, batch: StudyBatch) -> tuple[pd.DataFrame, Prepared]:
    """Find the first study that can be analyzed; its equations are those of all."""
    frame = batch.frame()
    for number in range(len(batch.x)):
        study = frame.assign(**{name: values[number] for name, values in batch.drawn.items()})
        try:
            prepared = prepare(model, study)
        except MediationError:
            if number + 1 == len(batch.x):
                raise
            continue
        if not prepared.not_identified:
            return study, prepared
    return study, prepared


def parameters_of(prepared: Prepared) -> tuple[Parameter, ...]:
    """Paths of all equations, in the order of every engine that fits equations apart."""
    return tuple(role for e in prepared.equations for role in e.roles if role is not None)
