"""`python -m minigan.bench.tables`: the old name of `python -m docs.tables`, which needs a checkout."""

import runpy
import sys

if __name__ == "__main__":
    try:
        import docs.tables  # noqa: F401
    except ImportError:
        print("python -m minigan.bench.tables: error: no docs/tables here; run it from a checkout", file=sys.stderr)
        sys.exit(2)
    runpy.run_module("docs.tables", run_name="__main__")
