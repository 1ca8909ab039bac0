"""Where arrays live, in which order they lie in memory, and the kernels of each device."""
