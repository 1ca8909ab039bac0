"""Output that can always be written: whatever the terminal's encoding, and wherever it goes."""

import codecs
import os
import sys
from typing import Any, TextIO

# What stands in help texts and messages, for encodings that lack it (cp1252, ASCII, …).
PLAIN = str.maketrans({
    "…": "...", "–": "-", "−": "-", "×": "x", "→": "->", "β": "beta", "λ": "lambda", "σ": "sigma", "₁": "1", "₂": "2",
    "“": '"', "”": '"', "’": "'", "é": "e", "√": "sqrt", "≥": ">=", "≤": "<=",
})  # fmt: skip


def _plain(error: UnicodeError) -> tuple[str, int]:
    """The error handler "plain": another spelling where there is one, else the character's number."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "backslashreplace").decode(), error.end


codecs.register_error("plain", _plain)


class Lasting:
    """A text stream that goes on when its reader has gone (`| head -1`), or its disk is full: the rest is dropped."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if that is still possible."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._give_up()

    def _give_up(self) -> None:
        """Send to nowhere what is still in buffers; Python would complain about it at the end."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def prepare_streams(silent: bool = False) -> None:
    """Make stdout and stderr such streams, also where they are closed (`2>&-`); `silent` ones write nothing."""
    # A file that is opened later must not get the number of a closed stream: what is written to that would end in it.
    while (nowhere := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(nowhere)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or silent:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (open to the end)
        if isinstance(stream, Lasting):
            continue
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")
        setattr(sys, name, Lasting(stream))
