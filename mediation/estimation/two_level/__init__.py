"""The likelihood of two-level path models, from arrays to arrays.

Only `design` knows data frames. Depends on `arrays`, `errors`, `model`, `vocabulary` and the
column checks of `estimation`.
"""
