"""Results -> tables, diagrams, plots, report. Depends on everything but `pipeline` and `cli`.

Nothing is imported here: `write.write_report` and `draw_diagram.draw_path_diagram` load matplotlib.
"""
