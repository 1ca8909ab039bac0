"""Kernels for the CPU whose loops Numba compiles, and which several threads share.  `cpu.py` puts them in use."""
