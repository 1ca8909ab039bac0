"""The tables of docs/ about trained networks, made anew: `python -m docs.tables`."""
