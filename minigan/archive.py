"""Arrays by name in one .npz file, beside a JSON header that says what they are.

Nothing is pickled, and reading executes nothing.  The file is written beside its place and then moved there, so that
whatever happens there is always a whole one.
"""

import json
import zipfile
from pathlib import Path

import numpy as np

from .errors import BadInput
from .files import write_atomically


def write_archive(path: Path, header: dict, arrays: dict[str, np.ndarray], *, compress: bool = False) -> None:
    """Write the arrays and the header to `path`, whole or not at all."""
    everything = {**arrays, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    save = np.savez_compressed if compress else np.savez
    write_atomically(path, lambda file: save(file, **everything))  # type: ignore[arg-type]


def in_half_precision(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays as float16, half as large on disk.  Raises BadInput if a number is too large for that."""
    with np.errstate(over="ignore"):
        halves = {name: x.astype(np.float16) for name, x in arrays.items()}
    for name, x in halves.items():
        if not np.isfinite(x).all():
            raise BadInput(f"{name}: expected numbers up to 65504, which half precision holds, got larger ones")
    return halves


def read_archive(path: Path, form: str, version: int, what: str) -> tuple[dict, dict[str, np.ndarray]]:
    """The header and the arrays of a file whose header has this format and version.

    Raises BadInput, saying that `what` was expected, if the file is missing, damaged, foreign or of another version.
    """
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()  # raises where there is no such file
            raise zipfile.BadZipFile
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop("header").tobytes())
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; expected {what}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # damaged bytes can raise nearly anything in the parsers of zip, npy and JSON
        raise BadInput(f"{path}: damaged, or not {what} ({type(error).__name__})") from error
    if not isinstance(header, dict) or header.get("format") != form:
        raise BadInput(f"{path}: not a {form}; expected {what}")
    if header.get("version") != version:
        raise BadInput(f"{path}: {form} version {header.get('version')}, this program reads version {version}")
    return header, arrays
