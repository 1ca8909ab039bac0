"""A10a: `explore complete` searches by the student's losses; the training of a DCGAN completes nothing."""

from collections.abc import Sequence
from typing import Any

from ...explore.completion import Search
from ...nn.inference import evaluation
from ...tensor import Tensor
from . import Change


def changes(student: Any) -> Sequence[Change]:
    def terms(self: Search, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        g, d = self.generator, self.discriminator
        with evaluation(g), evaluation(d), g.frozen(), d.frozen():
            drawn, known = g(z), self.importance.data[..., 0] > 0
            contextual = student.contextual(drawn, self.target.data, known)
            return contextual, student.perceptual(d, drawn) * self.weight, (z * z).sum(1) * self.variance

    return [Change(Search, "terms", terms, "steps of the search")]
