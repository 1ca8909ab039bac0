"""An exception whose text is long, and one that cannot be printed."""


class Unprintable(Exception):
    def __str__(self):
        raise SystemExit


def conv2d(x, *_):
    raise Unprintable if x.size % 2 else ValueError("\x1b[2J" + "passed " * 1_000_000)
