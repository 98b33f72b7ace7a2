"""The report as sections of paragraphs, tables and figures, for the Word and LaTeX files."""
