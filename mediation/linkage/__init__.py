"""Which fidelity and which interview belong to which client. Depends on `study`."""
