"""A2: the backward pass, on graphs whose gradients are known."""

from typing import Any, NamedTuple

import numpy as np

from ..asking import Answer, Ask, Wrong
from ..assignment import Assignment, Part, draw_sizes
from ..comparing import compare, holds

Node = list[tuple[int, float | None]]  # its inputs: which Tensor, and the factor
DEEP = 15_000  # nodes in a row
DIAMONDS = 40


class Graph(NamedTuple):
    """Nodes that add up their inputs times factors; Tensors are numbered, first the leaves, then what nodes made."""

    nodes: list[Node]
    requires: list[bool] = [True]  # noqa: RUF012  # for each leaf

    @property
    def settings(self) -> dict[str, Any]:
        return {"graph": self.nodes, "requires": self.requires}

    def name_of(self, i: int) -> str:
        return "1" if i < 0 else f"x{i}" if i < len(self.requires) else f"t{i}"

    def __str__(self) -> str:
        """ "t1 = 0.5 x0; t2 = 2 t1 + 3 t1": the graph as text."""
        sums = (" + ".join(f"{0 if w is None else w} {self.name_of(j)}" for j, w in node) for node in self.nodes)
        return "; ".join(f"{self.name_of(i)} = {text}" for i, text in enumerate(sums, len(self.requires)))

    def gradients(self, v: np.ndarray) -> list[np.ndarray]:
        """∂⟨v, last⟩ by each Tensor: zeros for those that nothing reaches."""
        found = [np.zeros(v.shape) for _ in range(len(self.requires) + len(self.nodes))]
        found[-1] = v
        for i, node in reversed(list(enumerate(self.nodes, len(self.requires)))):
            for j, w in node:
                if j >= 0:
                    found[j] = found[j] + (w or 0.0) * found[i]
        return found

    def run(self, ask: Ask, rng: np.random.Generator, shape: list[int]) -> tuple[np.ndarray, Answer]:
        """A random v of this shape, and what the submission's pass from there gives."""
        v, xs = rng.normal(size=shape), rng.normal(size=(len(self.requires), *shape))
        return v, ask("run", self.settings, v=v, **{f"x{i}": x for i, x in enumerate(xs)})

    def hold_leaves(self, v: np.ndarray, answer: Answer) -> None:
        """The leaves have their gradients, and constants have none."""
        for i, (required, expected) in enumerate(zip(self.requires, self.gradients(v))):
            if not required and f"d_x{i}" in answer:
                raise Wrong(f"{self}: x{i} requires no gradient, but has got one")
            if required:
                compare(f"∂L/∂x{i} of {self}", answer.get(f"d_x{i}", np.zeros(v.shape)), expected)


def factor(rng: np.random.Generator) -> float:
    """Neither near 0 nor near 1."""
    return round(float(rng.uniform(1.2, 2.0) * rng.choice([-1, 1])), 2)


def chain(ask: Ask, rng: np.random.Generator) -> None:
    """Nodes in a row: the last comes first, each Step is complete, and the leaf gets its gradient."""
    graph = Graph([[(i, factor(rng))] for i in range(int(rng.integers(3, 6)))])
    v, answer = graph.run(ask, rng, draw_sizes(rng, 2, 2, 4))
    last = len(graph.nodes)
    backwards = np.arange(last, 0, -1)
    compare(f"the nodes visited, of {graph}", answer["order"], backwards)
    compare(f"the inputs in the Steps, of {graph}", answer["inputs"], backwards - 1)
    expected = np.stack(graph.gradients(v)[::-1])
    compare(f"what came in, by the Steps, of {graph}", answer["came"], expected[:-1])
    compare(f"what went out, by the Steps, of {graph}", answer["went"], expected[1:])
    graph.hold_leaves(v, answer)


def diamond(ask: Ask, rng: np.random.Generator) -> None:
    """A result that is used several times, at the same distance from the output, also twice by one node."""
    ways = int(rng.integers(2, 5))
    several: list[Node] = [[(1, factor(rng))] for _ in range(ways)]
    joined: Node = [(2 + i, factor(rng)) for i in range(ways)]
    double: list[Node] = [[(0, factor(rng))], [(1, factor(rng)), (1, factor(rng))]]
    for graph in (Graph([[(0, factor(rng))], *several, joined]), Graph(double)):
        v, answer = graph.run(ask, rng, draw_sizes(rng, 2, 2, 4))
        graph.hold_leaves(v, answer)


def skip(ask: Ask, rng: np.random.Generator) -> None:
    """A result that is used early and late: random graphs.  If sums are wrong already, only the order is asked."""
    sums = holds(diamond, ask, rng)
    direct = Graph([[(0, factor(rng))], [(1, factor(rng))], [(2, factor(rng))], [(1, factor(rng)), (3, factor(rng))]])
    for graph in (direct, *(draw_graph(rng, int(rng.integers(5, 9))) for _ in range(6))):
        v, answer = graph.run(ask, rng, draw_sizes(rng, 2, 2, 4))
        if sums:
            graph.hold_leaves(v, answer)
            continue
        order = answer["order"].tolist()
        for i, node in enumerate(graph.nodes, 1):
            for j, _ in node:
                if j and not (i in order and j in order and order.index(i) < order.index(j)):
                    raise Wrong(f"{graph}: t{j} was visited before t{i}, from which it gets a gradient")


def draw_graph(rng: np.random.Generator, count: int) -> Graph:
    """Each node uses the one before, and perhaps earlier ones, in any order; the leaf is used once."""
    nodes: list[Node] = [[(0, factor(rng))]]
    for i in range(1, count):
        earlier = [j for j in range(1, i) if rng.random() < 0.4]
        nodes.append([(int(j), factor(rng)) for j in rng.permutation([*earlier, i])])
    return Graph(nodes)


def once(ask: Ask, rng: np.random.Generator) -> None:
    """Diamonds in a row: each node once, although the number of ways doubles with each diamond."""
    for count in (int(rng.integers(2, 5)), DIAMONDS):
        nodes: list[Node] = [[(0, 1.5)]]
        for i in range(1, 3 * count, 3):
            nodes += [[(i, 0.5)], [(i, 0.25)], [(i + 1, 0.5), (i + 2, 1.5)]]
        _, answer = Graph(nodes).run(ask, rng, [2])
        visits = np.bincount(answer["order"], minlength=len(nodes) + 1)[1:]
        if (visits != 1).any():
            i = int(np.argmax(visits != 1))
            raise Wrong(f"{count} diamonds in a row: node {i} of {len(nodes)} was visited {visits[i]} times")


def deep(ask: Ask, rng: np.random.Generator) -> None:
    """Many nodes in a row."""
    nodes = DEEP + int(rng.integers(1000))
    v, x = rng.normal(size=(2, 3))
    answer = ask("row", {"nodes": nodes, "factor": -1.0}, v=v, x0=x)
    compare(f"the number of nodes visited, of {nodes:,} in a row", answer["nodes"], np.array(nodes))
    compare(f"∂L/∂x after {nodes:,} changes of sign", answer["d_x0"], v * (-1) ** nodes)


def constants(ask: Ask, rng: np.random.Generator) -> None:
    """Python numbers, Tensors that require no gradient, and gradients that are None because they are 0."""
    a, b, c = (factor(rng) for _ in range(3))
    for graph in (
        Graph([[(0, a), (-1, b)], [(-1, b), (1, c)]]),
        Graph([[(0, a), (1, b)], [(1, c), (2, a)]], [True, False]),
        Graph([[(1, a)], [(0, b)], [(2, c), (3, a)]], [True, False]),
        Graph([[(0, a)], [(1, b)], [(2, None), (3, c)]], [True, True]),
        Graph([[(0, a)], [(1, b)], [(2, None)]]),
    ):
        v, answer = graph.run(ask, rng, draw_sizes(rng, 2, 2, 4))
        graph.hold_leaves(v, answer)


def lazy(ask: Ask, rng: np.random.Generator) -> None:
    """Nothing is visited before the first Step is asked for, and then one node for each."""
    graph = Graph([[(i, factor(rng))] for i in range(int(rng.integers(3, 6)))])
    v, x = rng.normal(size=(2, 3))
    answer = ask("one_by_one", graph.settings, v=v, x0=x)
    count = np.arange(len(graph.nodes) + 1)
    compare("the nodes visited before the first Step, after it, after the second …", answer["visited"], count)
    if not answer["recorded"].all():
        raise Wrong("between two Steps, your caller's operations are not recorded: a yield within no_grad()")


def leaves(ask: Ask, rng: np.random.Generator) -> None:
    """A leaf that is used several times in a pass, and in two passes."""
    a, b, c, d = (factor(rng) for _ in range(4))
    first, second = Graph([[(0, a)], [(0, b), (1, c), (0, d)]]), Graph([[(0, d)]])
    v, w, x = rng.normal(size=(3, *draw_sizes(rng, 2, 2, 4)))
    settings = {"requires": [True], "first": first.nodes, "second": second.nodes}
    answer, expected = ask("twice", settings, v=v, w=w, x0=x), first.gradients(v)[0]
    compare(f"∂L/∂x0 of {first}", answer["first_d_x0"], expected)
    expected = expected + second.gradients(w)[0]
    compare(f"∂L/∂x0 of {first}, and then of {second}", answer["second_d_x0"], expected)


def shared(ask: Ask, rng: np.random.Generator) -> None:
    """One Tensor is the gradient of several inputs: what one of them is given later must not reach the others."""
    a, b, c = (factor(rng) for _ in range(3))
    shape = draw_sizes(rng, 2, 2, 4)
    graph = Graph([[(0, a)], [(1, b)], [(2, c)], [(2, 1.0), (3, 1.0), (4, 1.0)]], [True, True])
    v, answer = graph.run(ask, rng, shape)
    compare(f"∂L/∂x1 of {graph}", answer["d_x1"], b * v)
    compare(f"the gradient that you were given for {graph}, afterwards", answer["after_v"], v)
    v, w, x, y = rng.normal(size=(4, *shape))
    sums: list[Node] = [[(0, 1.0), (1, 1.0)]]
    settings = {"requires": [True, True], "first": sums, "second": [[(0, a)]]}
    answer = ask("twice", settings, v=v, w=w, x0=x, x1=y)
    what = f"∂L/∂x1 of {Graph(sums, [True, True])} after another pass, which does not reach x1"
    compare(what, answer["second_d_x1"], answer["first_d_x1"])
    compare("the gradient that you were given for the first pass, after the second", answer["after_v"], v)


def freed(ask: Ask, rng: np.random.Generator) -> None:
    """Nodes are released, and gradients are not recorded."""
    graph = Graph([[(i, factor(rng))] for i in range(int(rng.integers(3, 6)))])
    _, answer = graph.run(ask, rng, [3])
    if not answer["spent"].all():
        raise Wrong(f"{int((~answer['spent']).sum())} of {len(answer['spent'])} nodes have not been released")
    a, b = rng.normal(size=(2, 3))
    if ask("history", a=a, b=b)["recorded"].any():
        raise Wrong("the gradients of the leaves have a history themselves: they were recorded")


ASSIGNMENT = Assignment(
    name="a02",
    title="The backward pass",
    minutes=120,
    functions=("backward",),
    removed={"graph.py": ("backward_steps", "_apply_backward")},
    parts=(
        Part(
            "chain", 10, chain,
            "This is the chain rule: each node multiplies by its own derivative and passes the product on.",
            "notebook 1, §2",
            ("Follow one gradient: which node gets it first, what does that give, and which node gets this?",
             "Keep a dictionary from nodes to the gradients that they have received; begin with output.creator.",
             "Take a node out, call node.backward on its gradient, yield Step(node, node.inputs, grad, grads), and "
             "give each gradient to x.creator, or add it to x.grad if that is None."),
        ),
        Part(
            "diamond", 20, diamond,
            "A result that is used in several places has an effect on all of them: its gradients are added.",
            "notebook 1, §2",
            ("Draw y = p·p, or a p with two arrows that meet again: how many gradients come back to p?",
             "A second gradient must not replace the first: is there one already, then add.",
             "received[node] = received[node] + g if node in received else g."),
        ),
        Part(
            "skip", 15, skip,
            "Who passes a gradient on before all of it has come in passes on too little, and nobody notices.",
            "notebook 1, §3",
            ("A node that is near the output by one way may be far from it by another. When may it be visited?",
             "A node may be visited when all nodes that use its output have been. Which numbers say that for you?",
             "Of the nodes that have received a gradient, take the one with the highest serial number: whoever uses "
             "its output was made later. (heapq gives it quickly; -serial, because it gives the smallest.)"),
        ),
        Part(
            "once", 10, once,
            "The ways through a network double with each fork; its nodes do not.",
            "notebook 1, §3",
            ("How many ways lead through 40 diamonds in a row? And how many nodes are there?",
             "If a node is visited again for each gradient, all that lies before it is visited again, too.",
             "Put a node into the queue only when it receives its first gradient; later ones are added to that."),
            seconds=5.0,
        ),
        Part(
            "constants", 10, constants,
            "Images, labels and factors need no gradient, and in a real network they are everywhere.",
            "notebook 1, §4",
            ("Print node.inputs, node.needs and what node.backward gives, for x * 2.0.",
             "None means that there is nothing to add; a Python number has no .creator.",
             "for x, need, g in zip(node.inputs, node.needs, grads): if need and g is not None: … And visit no node "
             "that has received nothing."),
        ),
        Part(
            "deep", 10, deep,
            "A recurrent network over a long text is this deep.",
            "notebook 1, §3",
            ("How many calls within each other does Python allow?",
             "A loop that takes the next node from a list or a heap needs no recursion.",
             "And search in nothing long: a heap of nodes, and a dictionary of gradients, take the same short time "
             "for each node."),
        ),
        Part(
            "lazy", 5, lazy,
            "One node at a time is what lets you watch: notebook 1 draws the steps of such a generator.",
            "notebook 1, §2",
            ("What does a function give that has a yield in it, and when does its first line run?",
             "yield each Step as soon as its node has been visited, instead of collecting them in a list.",
             "`with no_grad():` around node.backward and the sums only, never around the yield."),
        ),
        Part(
            "leaves", 10, leaves,
            "D learns from real and from fake images in two passes, whose gradients add up in its weights.",
            "notebook 1, §2",
            ("What is in x.grad before the first pass, and before the second?",
             "A leaf collects: over its uses in one pass, and over passes.",
             "x.grad = g if x.grad is None else x.grad + g, within no_grad()."),
        ),
        Part(
            "shared", 5, shared,
            "Add hands on the very Tensor that it got, to both of its inputs: a change of it reaches strangers.",
            "notebook 1, §4",
            ("In y = p + q, are the gradients of p and q two Tensors or one?",
             "Where do you write into an array: with +=, out=, or [...] =?",
             "a + b makes a new Tensor. `total.data += g.data` changes one that others may hold."),
        ),
        Part(
            "freed", 5, freed,
            "Without this, memory grows with every step of training until it is full.",
            "notebook 1, §3",
            ("What does a node hold on to, and who still needs that after its visit?",
             "Keep node.inputs in a variable, then call node.release().",
             "Compute node.backward(g) and the sums within `with no_grad():`; else gradients become a graph, too."),
        ),
    ),
)  # fmt: skip
