"""Asking a submission: requests to its process, answers that are measured before they are looked at."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from ..errors import printable
from .wire import Late, Malformed, Message, receive, send

Start = Callable[[], subprocess.Popen]  # starts the process of a submission
START_SECONDS = 20.0  # for Python, NumPy and the student's file


class Wrong(Exception):
    """A part is not right; the message is for the student."""


class Answer(dict[str, np.ndarray]):
    """Arrays by name; one that is missing is `Wrong`."""

    def __missing__(self, name: str) -> np.ndarray:
        raise Wrong(f"no {name} came back")


class Asked(Protocol):
    """What answers questions: a process of its own, or in a notebook the same one."""

    def ask(self, text: Mapping[str, Any], arrays: Mapping[str, np.ndarray], deadline: float) -> Message: ...


class Worker:
    """The process of a submission, started when it is first asked, and again after it has died.

    If it does not start, it is not tried again: then every question is answered by why.
    """

    def __init__(self, start: Start):
        self._start, self._process, self._obstacle = start, None, ""  # type: Start, subprocess.Popen | None, str

    def ask(self, text: Mapping[str, Any], arrays: Mapping[str, np.ndarray], deadline: float) -> Message:
        """The answer; `Wrong` if the process died, answered nonsense, or did not answer by the deadline."""
        process = self._running()
        try:
            send(process.stdin.fileno(), Message(dict(text), dict(arrays)), deadline)  # type: ignore[union-attr]
            answer = receive(process.stdout.fileno(), deadline)  # type: ignore[union-attr]
        except Late:
            self.close()
            raise Wrong("it took too long, and was stopped") from None
        except (OSError, Malformed):
            answer = None
        if answer is None:
            self.close()
            raise Wrong("its process ended without an answer (exit, a crash, or more memory than it may use)")
        return answer

    def _running(self) -> subprocess.Popen:
        if self._obstacle:
            raise Wrong(self._obstacle)
        if self._process is None:
            self._process = self._start()
            try:
                ready = receive(self._process.stdout.fileno(), time.monotonic() + START_SECONDS)  # type: ignore[union-attr]
                error = "its process ended while the file was imported" if ready is None else ready.text.get("error")
            except Late:
                error = f"importing the file took more than {START_SECONDS:.0f} seconds"
            except (OSError, Malformed):
                error = "importing the file wrote to where only answers go"
            if error:
                self.close()
                self._obstacle = f"the file cannot be imported: {printable(error)}"
                raise Wrong(self._obstacle)
        return self._process

    def close(self) -> None:
        """End the process, and all that it has started."""
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            os.killpg(process.pid, signal.SIGKILL)  # it was started as the leader of a group
        except (OSError, AttributeError):
            process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
        process.wait()


class Ask:
    """Asks one submission on behalf of one part, until its time is up.

    `ask("value", {"stride": 2}, x=x)` has the worker run the call of that name, see `calls/`, and gives an `Answer`.
    Raises `Wrong`, with the line of the student's file, if that raised an exception.
    """

    def __init__(self, worker: Asked, seconds: float):
        self._worker = worker
        self.left = seconds  # of the time for answers; what the grader itself computes does not count

    def __call__(self, call: str, settings: Mapping[str, Any] | None = None, /, **arrays: np.ndarray) -> Answer:
        begin = time.monotonic()
        try:
            answer = self._worker.ask({**(settings or {}), "call": call}, arrays, begin + self.left)
        finally:
            self.took = time.monotonic() - begin  # seconds of the last answer
            self.left = max(0.0, self.left - self.took)
        if error := answer.text.get("error"):
            raise Wrong(f"your code raised {printable(error)}")
        return Answer(answer.arrays)
