"""Worlds whose answer is known: truth, generator. Depends on `inference` and below."""
