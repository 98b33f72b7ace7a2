"""Results -> tables, diagrams, plots, report. Depends on everything but `pipeline` and `cli`.

Nothing is imported here: `write.write_report` and `diagram.draw.draw_diagram` load matplotlib.
"""
