"""The specification curve of an entry: its numbers, words, tables and figure."""
