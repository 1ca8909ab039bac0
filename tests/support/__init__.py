"""What the tests share: tables of cases, known files and networks, the stand-in for CuPy.  No tests are in here."""

from pathlib import Path

ROOT = Path(__file__).parents[2]  # of the checkout
