"""The table about ONNX's node tests: which of them pass, and which cannot be expressed."""

from pathlib import Path

from minigan.errors import import_optional


def onnx(root: Path, docs: Path) -> str:
    """How many cases there are of each op and of each kind."""
    import_optional("onnx", "onnx", "the table onnx")
    from tests.support.onnx_cases import table

    return table()
