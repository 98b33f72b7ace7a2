"""Timings and simulations that are run by hand; not part of the package."""
