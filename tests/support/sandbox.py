"""Whether this machine can separate a submission from itself."""

from minigan.course import sandbox
from minigan.errors import BadInput


def obstacle() -> str:
    """Why it cannot; empty where it can."""
    try:
        sandbox.check_isolation()
    except BadInput as error:
        return str(error)
    return ""


OBSTACLE = obstacle()
