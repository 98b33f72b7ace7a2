"""One exception per stage of the analysis.

Every message has three parts: what was expected, what was found (names, row numbers,
counts; never a client's identifier or values of a person), and what to do next.
"""

from mediation.safe_text import printable


class MediationError(Exception):
    """Root of every error a user of the package can cause."""

    def __str__(self) -> str:
        """Give the message; names in it come from files, and must not steer a terminal."""
        return printable(super().__str__())


class ManifestError(MediationError):
    """`study.toml` cannot be read or says something that has no meaning."""


class DataError(MediationError):
    """The tables of a study break their contract."""


class LinkageError(MediationError):
    """Fidelity or interviews cannot be brought together as asked."""


class SpecificationError(MediationError):
    """The model asks for something that is not a mediation analysis of this table."""


class EstimationError(MediationError):
    """An equation of the model cannot be estimated from these rows."""


class InferenceError(MediationError):
    """An engine and an interval do not go together, or an option is out of range."""


class SimulationError(MediationError):
    """The parameters describe no possible study."""


class ReportError(MediationError):
    """The report cannot be written."""
