"""A first manifest from a folder of tables: best guesses, and what could not be guessed."""
