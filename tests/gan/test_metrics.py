"""The log of metrics: a row per step, means of what was waiting, and what stops a run."""

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
    log.add(report(1, 1, 2, 3, 4))
    log.add(report(2, 3, 4, 5, 8))
    assert read_metrics(log.path)["step"].tolist() == []  # not before `flush`
    assert log.flush() == dict(zip(METRICS, [2.0, 3.0, 4.0, 6.0]))
    log.add(report(3, 5, 6, 7, 1 / 3))
    assert log.flush() == dict(zip(METRICS, [5.0, 6.0, 7.0, float(np.float32(1 / 3))]))
    written = read_metrics(log.path)
    assert list(written) == list(HEADER)
    assert written["step"].tolist() == [1, 2, 3]
    assert written["epoch"].tolist() == [1, 1, 2]
    assert [written[name].tolist() for name in METRICS[:3]] == [[1, 3, 5], [2, 4, 6], [3, 5, 7]]
    assert written[METRICS[3]].astype(np.float32).tolist() == [4, 8, np.float32(1 / 3)]  # all digits of a float32


def test_numbers_that_are_not_finite_are_named_and_not_written(tmp_path):
    log = MetricsLog(tmp_path / "metrics.csv", keep_until=0)
    for values in ((1, 2, 3, 4), (1, NAN, 3, INF), (NAN, 2, 3, 4)):
        log.add(report(1 + len(log.waiting), *values))
    with pytest.raises(Diverged, match=f"^{METRICS[1]} and {METRICS[3]} are not finite at step 2$"):
        log.flush()
    assert read_metrics(log.path)["step"].tolist() == [1]
    assert log.flush() == {}
