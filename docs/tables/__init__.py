"""Regenerates the tables of docs/ about ops and trained networks: `python -m docs.tables`."""
