"""Model and table -> path estimates: one verb, interchangeable engines.

Depends on `model` and `linkage`.
"""
