"""`python -m minigan.bench.parameters` prints how many parameters each network has, see minigan/gan/parameters.py."""

from ..gan.parameters import table

if __name__ == "__main__":
    print(table())
