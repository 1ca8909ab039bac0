"""The table of completion results: which fillings are compared, and their scores."""

from pathlib import Path

import numpy as np

from ...data.dataset import rounded
from ...errors import BadInput, import_optional
from ...explore.blending import WHAT, blend
from ...explore.completion_scores import mean_image, nearest_by_known
from ...files import write_csv
from .. import cli

MEAN, NEAREST, COMPLETED, BLENDED = "mean fill", "nearest training image", "completed", "completed, blended"
Table = dict[str, tuple[float, float]]  # filling → PSNR in the hole in dB, and the judge's accuracy (nan if unknown)


def baseline_fills(images: np.ndarray, known: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """Baselines without a generator: the mean training image, and the nearest one; bytes (N, H, W, C)."""
    mean = np.broadcast_to(mean_image(train), images.shape)
    return {MEAN: mean, NEAREST: nearest_by_known(images, known, train, cli.progress)}


def generator_fills(images: np.ndarray, known: np.ndarray, drawn: np.ndarray) -> dict[str, np.ndarray]:
    """G's images, and the same with Poisson blending if SciPy is installed; bytes (N, H, W, C)."""
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
    """Write numbers.csv, a row for each mask and filling; "right" is the judge's accuracy, empty if unknown."""
    rows = [
        (mask, filling, f"{decibels:.4f}", "" if np.isnan(share) else f"{share:.4f}")
        for mask, table in tables.items()
        for filling, (decibels, share) in table.items()
    ]
    write_csv(folder / "numbers.csv", ("mask", "filling", "psnr", "right"), rows)


def describe(mask: str, table: Table, whose: str) -> str:
    """The table as text; `whose` says which images were completed."""
    judged = not any(np.isnan(share) for _, share in table.values())
    accuracy = ", and the judge's accuracy" if judged else ""
    lines = [f"{mask}: PSNR of the missing pixels of {whose} (higher is better){accuracy}"]
    for filling, (decibels, share) in table.items():
        lines.append(f"  {filling:<24}{decibels:6.2f} dB" + (f"  {share:7.1%}" if judged else ""))
    if BLENDED not in table:
        lines.append("  (without blending, which needs SciPy: pip install 'minigan[blend]')")
    return "\n".join(lines)
