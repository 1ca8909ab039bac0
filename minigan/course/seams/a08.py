"""A8: both networks of the DCGAN learn by the student's Adam."""

from collections.abc import Iterable, Sequence
from typing import Any

from ...gan import game
from ...nn import Parameter
from ...optim import Optimizer
from . import Change


def changes(student: Any) -> Sequence[Change]:
    class Adam(Optimizer):
        """The student's Adam, and what the game asks of an optimiser besides."""

        def __init__(self, parameters: Iterable[Parameter], lr: float, betas: tuple[float, float] = (0.9, 0.999)):
            super().__init__(parameters, lr)
            self.own = student.Adam(self.parameters, lr, betas)

        def step(self) -> None:
            self._check_gradients("step")
            changed = [(i, p) for i, p in enumerate(self.parameters) if p.grad is not None]
            self.own.lr = self.lr
            self.own.step()
            for i, p in changed:
                self.steps[i] += 1
                p.version += 1

    return [Change(game, "Adam", Adam), Change(Adam, "step", Adam.step, "steps of Adam")]
