"""`python -m minigan.bench.parameters` prints how many numbers each network learns, see minigan/gan/parameters.py."""

from ..gan.parameters import table

if __name__ == "__main__":
    print(table())
