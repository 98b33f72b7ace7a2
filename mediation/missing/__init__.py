"""Missing values: what is missing, who left, and values imputed in their place."""
