"""A synthetic twin of a confidential study: made from aggregates, with a known answer."""
