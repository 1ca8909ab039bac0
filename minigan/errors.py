"""The one exception that means: the user asked for something that cannot be, and here is what to do."""


class BadInput(ValueError):
    """Bad input: a command prints this in one line and exits with code 2."""
