"""The numbers of completion: the fillings that are compared, and their table."""

from pathlib import Path

import numpy as np

from ...data.dataset import rounded
from ...errors import BadInput, import_optional
from ...explore.blending import WHAT, blend
from ...explore.completion_scores import mean_image, nearest_by_known
from ...files import write_csv
from .. import cli

MEAN, NEAREST, COMPLETED, BLENDED = "mean fill", "nearest training image", "completed", "completed, blended"
Table = dict[str, tuple[float, float]]  # by filling: PSNR in the hole, and the share that the judge gets right


def baseline_fills(images: np.ndarray, known: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """Fillings that are made of the training images alone."""
    mean = np.broadcast_to(mean_image(train), images.shape)
    return {MEAN: mean, NEAREST: nearest_by_known(images, known, train, cli.progress)}


def generator_fills(images: np.ndarray, known: np.ndarray, drawn: np.ndarray) -> dict[str, np.ndarray]:
    """G's images, as they are and blended in."""
    if not can_blend():
        return {COMPLETED: drawn}
    blended = rounded(blend(images, drawn, known))
    return {COMPLETED: drawn, BLENDED: blended}


def can_blend() -> bool:
    """Whether SciPy is installed."""
    try:
        import_optional("scipy", "blend", WHAT)
    except BadInput:
        return False
    return True


def write_table(folder: Path, tables: dict[str, Table]) -> None:
    """numbers.csv, a row for each mask and filling; the share that is right is empty where the truth is not known."""
    rows = [
        (mask, filling, f"{decibels:.4f}", "" if np.isnan(share) else f"{share:.4f}")
        for mask, table in tables.items()
        for filling, (decibels, share) in table.items()
    ]
    write_csv(folder / "numbers.csv", ("mask", "filling", "psnr", "right"), rows)


def describe(mask: str, table: Table, whose: str) -> str:
    """The numbers in words."""
    judged = not any(np.isnan(share) for _, share in table.values())
    and_right = "; what the judge gets right" if judged else ""
    lines = [f"{mask}: how near to the truth, in the hole, of {whose} (PSNR, more is better){and_right}"]
    for filling, (decibels, share) in table.items():
        lines.append(f"  {filling:<24}{decibels:6.2f} dB" + (f"  {share:7.1%}" if judged else ""))
    if BLENDED not in table:
        lines.append("  (not blended: that needs SciPy, pip install 'minigan[blend]')")
    return "\n".join(lines)
