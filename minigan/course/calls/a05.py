"""Calls of A5: convolution."""

from .common import calls_of

CALLS = calls_of({"conv2d": lambda student, text, x, w: student.conv2d(x, w, *map(tuple, text["geometry"]))})
