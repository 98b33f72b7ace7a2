"""Files of every format, read into the same columns: texts, numbers or days."""
