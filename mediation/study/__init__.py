"""Tables in: manifest, column contracts, load, validate -> Study.

Depends on `vocabulary` and `errors`.
"""
