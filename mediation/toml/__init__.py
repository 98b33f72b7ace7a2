"""TOML files checked as strictly as data: parts, complaints, reading."""
