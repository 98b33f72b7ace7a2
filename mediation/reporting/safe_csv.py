"""The one way in which CSV is written, under the name that reports know it by."""

from mediation.safe_text import csv_text

__all__ = ["csv_text"]
