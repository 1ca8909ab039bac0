"""Recursion in C, and without end."""

import sys

sys.setrecursionlimit(10**9)


def conv2d(*arguments):
    return conv2d(*arguments)
