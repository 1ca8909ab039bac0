"""Writes wherever it can."""

import os

PLACES = ["OUTSIDE", "/submission", "/site/minigan", "/usr/lib", "/etc", "/"]


def conv2d(*_):
    for place in PLACES:
        try:
            with open(os.path.join(place, "written"), "w") as file:
                file.write("x")
        except OSError:
            continue
        if place != "/tmp":
            return "written"
    raise ValueError("nothing can be written")
