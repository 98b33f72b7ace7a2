"""Which fidelity and which interview belong to which client. Depends on `study`.

Names are imported from the files, since `table` must stay light for others to import.
"""
