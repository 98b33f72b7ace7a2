"""How far an answer can be trusted: what would have to be true for it to change."""
