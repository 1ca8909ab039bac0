"""The folder of a run: where it is made, how its pictures are laid out and sorted, what happens to its scores."""

from types import SimpleNamespace

import pytest

from minigan.commands.out_folder import new_folder
from minigan.commands.run_folder import RunFolder, class_columns, existing_folder
from minigan.errors import BadInput
from minigan.gan import Config


def test_an_empty_folder_and_one_that_is_not_there_yet_are_new(tmp_path):
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "empty", tmp_path / "not" / "there"):
        assert new_folder(out, tmp_path) == out
        assert out.is_dir()


@pytest.mark.parametrize(("classes", "columns"), [(0, None), (1, None), (2, 2), (16, 16), (17, None)])
def test_a_class_has_a_column_unless_there_is_one_class_or_too_many(classes, columns):
    assert class_columns(SimpleNamespace(config=Config(conditional=classes > 0, classes=classes))) == columns


def test_sample_grids_are_sorted_by_their_epoch(tmp_path):
    folder = RunFolder(tmp_path)
    folder.samples.mkdir()
    for epoch in (1000, 999, 0, 1001):
        (folder.samples / f"epoch_{epoch:03d}.png").touch()
    (folder.samples / "other.png").touch()
    assert [path.stem for path in folder.sample_files()] == ["epoch_000", "epoch_999", "epoch_1000", "epoch_1001"]


def test_scores_of_later_epochs_give_way(tmp_path):
    """They are left by a run that was interrupted before its checkpoint was written."""
    folder = RunFolder(tmp_path)
    assert folder.read_scores() == []
    for epoch, distance in ((1, 30.0), (2, 20.25), (3, 10.0)):
        folder.log_score(SimpleNamespace(epoch=epoch), distance)
    folder.log_score(SimpleNamespace(epoch=2), 21.5)
    assert folder.read_scores() == [(1, 30.0), (2, 21.5)]
    assert folder.scores.read_text() == "epoch,frechet\n1,30\n2,21.5\n"


def test_a_run_is_named_by_its_folder_or_its_checkpoint(tmp_path):
    (tmp_path / "checkpoint.npz").touch()
    (tmp_path / "other.npz").touch()
    assert existing_folder(tmp_path).path == existing_folder(tmp_path / "checkpoint.npz").path == tmp_path
    for name in ("other.npz", "nothing", "nothing/checkpoint.npz"):
        with pytest.raises(BadInput, match="expected the folder of a run, or"):
            existing_folder(tmp_path / name)
