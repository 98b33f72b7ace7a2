"""Path estimates -> effects with intervals. Depends on `estimation` and `model`."""
