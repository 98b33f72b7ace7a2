"""The report as a Word file. Needs python-docx, the extra `word`."""

from mediation.reporting.word.document import report_docx as report_docx
