"""Devices (NumPy or CuPy), the order of images in memory, and the kernels of each device."""
