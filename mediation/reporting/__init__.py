"""Results -> tables, diagrams, plots, report. Depends on everything but `pipeline` and `cli`."""
