"""The likelihood of two-level path models, from arrays to arrays.

Only `design` and `data_sets` know data frames. `many_*` work on N data sets of one layout, in
which sets differ in values or in how often they hold a cluster.
"""
