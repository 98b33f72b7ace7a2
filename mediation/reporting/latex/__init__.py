"""Tables of the report for LaTeX."""

from mediation.reporting.latex.files import latex_files as latex_files
