"""The tables of docs/ about ops and trained networks, made anew: `python -m docs.tables`."""
