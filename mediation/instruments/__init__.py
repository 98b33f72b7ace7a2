"""Item responses -> scale scores: scoring keys are data; reliability; floor and ceiling.

Knows no study. Depends on `vocabulary`, `errors`, `arrays` and `toml`.
"""
