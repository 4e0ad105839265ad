"""What `docs/generate.py` writes: the pages of `docs/reference`, read off docstrings, cards, tables and commands."""
