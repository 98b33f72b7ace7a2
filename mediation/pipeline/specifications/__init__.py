"""Every defensible combination of choices, fitted: the specification curve of an entry."""
