"""The exceptions of its own that the program raises."""


class BadInput(ValueError):
    """Bad input: a command prints this in one line and exits with code 2."""


class Diverged(ArithmeticError):
    """A number of a training run is not finite."""
