"""The log of metrics: a row per step, means of what was waiting, and what stops a run."""

import hashlib

import numpy as np
import pytest

from minigan.errors import Diverged
from minigan.gan import METRICS, MetricsLog, read_metrics
from minigan.gan.metrics import HEADER
from minigan.gan.training import Report

NAN, INF = float("nan"), float("inf")


def report(step, *values):
    return Report(step, 1 + step // 3, tuple(np.array(value, np.float32) for value in values))


def test_rows_and_means(tmp_path):
    log = MetricsLog(tmp_path / "metrics.csv", keep_until=0)
    assert log.flush() == {}
    log.add(report(1, 1, 2, 3, 4, 5, 6, 7))
    log.add(report(2, 3, 4, 5, 8, 5, 8, 9))
    assert read_metrics(log.path)["step"].tolist() == []  # not before `flush`
    assert log.flush() == dict(zip(METRICS, [2.0, 3.0, 4.0, 6.0, 5.0, 7.0, 8.0]))
    log.add(report(3, 5, 6, 7, 1 / 3, 0, 0, 0))
    assert log.flush() == dict(zip(METRICS, [5.0, 6.0, 7.0, float(np.float32(1 / 3)), 0.0, 0.0, 0.0]))
    written = read_metrics(log.path)
    assert list(written) == list(HEADER)
    assert written["step"].tolist() == [1, 2, 3]
    assert written["epoch"].tolist() == [1, 1, 2]
    assert [written[name].tolist() for name in METRICS[:3]] == [[1, 3, 5], [2, 4, 6], [3, 5, 7]]
    assert written[METRICS[3]].astype(np.float32).tolist() == [4, 8, np.float32(1 / 3)]  # all digits of a float32


def test_numbers_that_are_not_finite_are_named_and_not_written(tmp_path):
    log = MetricsLog(tmp_path / "metrics.csv", keep_until=0)
    for values in ((1, 2, 3, 4), (1, NAN, 3, INF), (NAN, 2, 3, 4)):
        log.add(report(1 + len(log.waiting), *values, 5, 6, 7))
    with pytest.raises(Diverged, match=f"^{METRICS[1]} and {METRICS[3]} are not finite at step 2$"):
        log.flush()
    assert read_metrics(log.path)["step"].tolist() == [1]
    assert log.flush() == {}


def test_a_file_of_an_earlier_version_goes_on_with_its_columns(tmp_path):
    """And so its digest, which the checkpoint has, stays valid."""
    path = tmp_path / "metrics.csv"
    path.write_text("step,epoch,d_loss,g_loss,d_real,d_fake\n1,1,1,2,3,4\n2,1,5,6,7,8\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    log = MetricsLog(path, keep_until=2, digest=digest)
    assert not log.notes
    log.add(report(3, 1, 2, 3, 4, 5, 6, 7))
    assert set(log.flush()) == set(METRICS)
    metrics = read_metrics(path)
    assert list(metrics) == ["step", "epoch", "d_loss", "g_loss", "d_real", "d_fake"]
    assert metrics["d_fake"].tolist() == [4, 8, 4]
    assert MetricsLog(path, keep_until=3, digest=log.digest()).notes == []
    assert MetricsLog(path).header[-1] == "variety"  # a new run in its place
