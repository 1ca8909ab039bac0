"""The tables of docs/: no training is repeated, figures come from finished trials, the rest of a page is kept."""

import subprocess

import numpy as np
import pytest

from docs.tables import cures, healths, series, trials
from docs.tables import make as tables
from minigan.data import load_dataset
from minigan.errors import BadInput
from minigan.evaluate.scores import Reference, score
from minigan.gan import RULES, Config, Run, load_run, save_run
from minigan.gan.metrics import HEADER
from tests.support import ROOT
from tests.support.commands import refused

DOCS = ROOT / "docs"


def write_trial(trial: trials.Trial, frechet: float, seconds: str = "10", **config) -> None:
    """Write the files of a finished trial, with a given score."""
    run, scores = trial.run.path, trial.scores_folder
    run.mkdir(parents=True)
    save_run(run / "checkpoint.npz", Run(Config(width=4, latent=6, **config)))
    for file in ("samples.gif", "curves.png"):
        (run / file).touch()
    (run / "seconds").write_text(seconds)
    scores.mkdir()
    others = {
        "frechet_floor": 1.5, "precision": 0.5, "recall": 0.25, "judge_is_sure": 0.875, "judge_is_sure_real": 0.995,
        "classes": 990, "kl_divergence": 0.25, "classes_real": 1000, "kl_divergence_real": 0.01,
    }  # fmt: skip
    rows = "".join(f"{name},{value}\n" for name, value in {"frechet": frechet, **others}.items())
    (scores / "scores.csv").write_text("score,value\n" + rows)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Finished trials of all tables; a command that is run fails the test."""
    monkeypatch.setattr(subprocess, "run", lambda *args, **more: pytest.fail(f"called {args}"))
    for seed, trial in enumerate(trials.over_seeds(series.SMALL, tmp_path)):
        write_trial(trial, 10.0 + seed, seed=seed)
    for seed, trial in enumerate(trials.over_seeds(series.MLP, tmp_path)):
        write_trial(trial, 80.0, "" if seed else "31", model="mlp", seed=seed)
    for number, rule in enumerate(RULES):
        for seed, trial in enumerate(trials.over_seeds((*series.SMALL, "--ablate", rule), tmp_path)):
            write_trial(trial, 20.0 + number, ablate=rule, seed=seed)
    return tmp_path


def test_a_figure_is_the_mean_over_the_seeds(runs, tmp_path):
    table = series.ablations(runs, tmp_path)
    assert "| none |  | 11.0 (10.0–12.0) | 0.50 (0.50–0.50) | 0.25 (0.25–0.25) |" in table
    for number, rule in enumerate(RULES):
        (line,) = [line for line in table.splitlines() if line.startswith(f"| {rule} |")]
        assert f"| {20 + number}.0 ({20 + number}.0–" in line
        assert len(line.split("|")[2]) > 10
    assert "Mean of 3 seeds" in table
    assert "`python -m minigan.train mnist " in table
    assert (tmp_path / "ablations.png").stat().st_size > 1000


def test_equal_time_shows_the_seconds(runs, tmp_path):
    table = series.equal_time(runs, tmp_path)
    assert "| DCGAN | 5 | 10 (10–10) | 11.0" in table
    assert "| MLP | 5 | 31 (31–31) | 80.0" in table  # of the trial that was not interrupted


def test_the_default_digits_are_shown_with_their_picture(runs, tmp_path):
    for seed, trial in enumerate(trials.over_seeds(("mnist",), tmp_path)):
        write_trial(trial, 5.0 + seed, "" if seed == 2 else "100", hidden=True, epochs=3, lr=4e-4, average=0.999)
        trial.run.samples.mkdir()
        for epoch in (0, 3):
            (trial.run.samples / f"epoch_00{epoch}.png").write_text(f"grid {epoch} of {seed}")
    table = series.digits(runs, tmp_path)
    assert "| 1 | 100 | 6.0 (1.5) | 87.5% | 0.50 | 0.25 |" in table
    assert "| 2 | not known | 7.0 (1.5) |" in table
    assert "`python -m minigan.train mnist`; of real digits the judge is sure of 99.5%." in table
    assert (tmp_path / "mnist.png").read_text() == "grid 3 of 0"


def test_the_best_faces_are_shown_for_each_seed(runs, tmp_path):
    for seed, trial in enumerate(trials.over_seeds(series.FACES, tmp_path)):
        write_trial(trial, 8.0 + seed, source="pixel-faces", image_size=32, channels=3, model="pixel-art")
    table = series.faces(runs, tmp_path)
    assert [line.split("|")[1:4] for line in table.splitlines()[2:5]] == [
        [f" {seed} ", " 10 ", f" {8 + seed}.0 (1.5) "] for seed in trials.SEEDS
    ]
    assert table.endswith("Of real faces the judge is sure of 99.5%: of all five attributes.")


def test_kinds_of_stacked_digits(runs, tmp_path):
    for arguments in series.STACKED:
        write_trial(trials.Trial(arguments, tmp_path), 100.0, source="stacked-mnist", channels=3)
    table = series.modes(runs, tmp_path)
    assert table.count("| 990 | 0.250 |") == len(series.STACKED)
    assert "| real images | 1000 | 0.010 |" in table


def test_cures_are_trained_for_the_same_time(runs, tmp_path, monkeypatch):
    """By the cost of a step, which is measured once; all are command lines that are understood."""
    for cure in cures.CURES:
        assert cures.config_of(cure).source == "mnist"
    monkeypatch.setattr(cures, "CURES", ("", "--pack 2", "--loss hinge"))
    monkeypatch.setattr(cures, "FIGURES", tmp_path / "cures.json")
    measured = iter([{"": 1.0, "--pack 2": 0.5, "--loss hinge": 2.1}])
    monkeypatch.setattr(cures, "measure", lambda: next(measured))
    for cure, cost in (("", 1.0), ("--pack 2", 0.5), ("--loss hinge", 2.1)):
        for name in cures.DATA:
            for seed, trial in enumerate(trials.over_seeds(cures.arguments(name, cure, cost), tmp_path)):
                write_trial(trial, 100 * cost + seed)
    monkeypatch.setattr(trials.Trial, "frechet", lambda trial: trial.scores()["frechet"])
    for _ in range(2):  # the second time from cures.json
        table = cures.cures(runs, tmp_path).splitlines()
        monkeypatch.setattr(trials.Trial, "frechet", lambda trial: pytest.fail(f"{trial} is kept"))
    assert table[2] == "| plain | 1.00 | 6 | 101.0 (100.0–102.0) | 6 | 101.0 (100.0–102.0) |"
    assert table[3] == "| `--pack 2` | 0.50 | 12 | 51.0 (50.0–52.0) | 12 | 51.0 (50.0–52.0) |"
    assert "| `--loss hinge` | 2.10 |" in cures.step_costs(runs, tmp_path).splitlines()
    assert table[4] == "| `--loss hinge` | 2.10 | 3 | 211.0 (210.0–212.0) | 3 | 211.0 (210.0–212.0) |"


def test_an_interrupted_table_of_cures_keeps_what_it_has(tmp_path, monkeypatch):
    """Each figure at once, not when all trainings are done."""
    monkeypatch.setattr(cures, "FIGURES", tmp_path / "cures.json")
    monkeypatch.setattr(cures, "CURES", ("",))
    monkeypatch.setattr(cures, "measure", lambda: {"": 1.0})
    first, *_ = trials.over_seeds(cures.arguments("mnist", "", 1.0), tmp_path)

    def interrupted(trial):
        if trial == first:
            return 50.0
        raise KeyboardInterrupt

    monkeypatch.setattr(trials.Trial, "frechet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cures.cures(tmp_path, tmp_path)
    assert cures.figures()["frechet"] == {" ".join(first.arguments): 50.0}


def test_the_cost_of_a_step_is_measured(monkeypatch, capsys):
    for name, value in {"CURES": ("", "--d-steps 3", "--penalty r1"), "ROUNDS": 1, "STEPS": 3}.items():
        monkeypatch.setattr(cures, name, value)
    costs = cures.measure()
    assert costs[""] == 1.0
    assert list(costs) == ["", "--d-steps 3", "--penalty r1"]
    assert all(0 < cost < 100 for cost in costs.values())  # which is larger, depends on what else the machine does
    assert "a step: " in capsys.readouterr().out


def test_what_the_curves_say(runs, tmp_path):
    for number, arguments in enumerate(healths.TRAININGS):
        trial = trials.Trial(arguments, tmp_path)
        write_trial(trial, 100.0)
        loss, variety = 2 * np.log(2) * (0.5, 0.002, 0.1, 0.1, 0.1, 0.1)[number], 1.0 - 0.2 * number
        rows = (f"{step},1,{loss},1,1,0,1,1,{variety}\n" for step in range(1, 501))
        trial.run.metrics.write_text(",".join(HEADER) + "\n" + "".join(rows))
    table = healths.health(runs, tmp_path).splitlines()
    assert table[2] == f"| `{' '.join(healths.TRAININGS[0])}` | 50.0% | 1.00 | 100 | healthy |"
    assert table[3].endswith("| 0.2% | 0.80 | 100 | D wins |")
    assert table[5].endswith("| 10.0% | 0.40 | 100 | collapse |")


def test_a_trial_trains_then_scores_and_resumes(tmp_path, monkeypatch):
    called = []
    trial = trials.Trial(("mnist", "--seed", "1"), tmp_path)
    folder = tmp_path / "mnist_seed-1"
    monkeypatch.setattr(trials, "command", lambda *words: (called.append(words), folder.mkdir(exist_ok=True)))
    trial.run_missing()
    assert [words[0] for words in called] == ["minigan.train", "minigan.evaluate"]
    assert called[0][1:] == ("mnist", "--seed", "1", "--out", str(folder))
    assert trial.seconds() == 0.0

    called.clear()
    (folder / "checkpoint.npz").touch()  # as after an interruption
    trial.run_missing()
    assert called[0][-2:] == ("--resume", str(folder))
    assert trial.seconds() is None


def test_the_distance_of_a_trial_is_the_one_of_evaluate(tmp_path):
    trial = trials.Trial(("mnist",), tmp_path)
    write_trial(trial, 0.0, hold_out=59_000)  # few images, so that it takes a second
    run = load_run(trial.run.checkpoint)
    assert trial.frechet() == score(run, Reference(run.config)).frechet


def test_the_same_number_of_each_digit_and_others_for_each_seed():
    digits = load_dataset("mnist")
    chosen = series.some_of_each(digits, np.random.default_rng(0))
    assert np.bincount(digits.labels[chosen]).tolist() == [100] * 10
    assert len(set(chosen)) == 1000
    others = series.some_of_each(digits, np.random.default_rng(1))
    assert len(set(chosen) & set(others)) < 100


def test_only_the_table_of_a_page_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table a -->\nold\n<!-- end -->\nbetween\n<!-- table b -->\n<!-- end -->\nafter\n")
    text = tables.replaced(page, "a", r"| new \1 |")
    assert (
        text == "before\n<!-- table a -->\n| new \\1 |\n<!-- end -->\nbetween\n<!-- table b -->\n<!-- end -->\nafter\n"
    )
    with pytest.raises(BadInput, match="found 0"):
        tables.replaced(page, "c", "")


def test_every_table_is_in_its_page_and_not_empty():
    for name, (page, _) in tables.TABLES.items():
        tables.replaced(DOCS / page, name, "")
        shown = (DOCS / page).read_text("utf-8").split(f"<!-- table {name} -->")[1].split("<!-- end -->")[0]
        assert shown.count("\n|") > 2, f"{page}: the table {name} is empty"


def test_mistakes_are_one_line(here, capsys):
    assert "unknown table 'ablation'; expected some of: onnx, parameters, equal-time, digits" in refused(
        capsys, tables, "ablation"
    )
    assert "docs/fully-connected.md: no such file; run this from a checkout" in refused(capsys, tables, "parameters")


def test_the_parameters_are_written_into_the_page(tmp_path, capsys):
    page = tmp_path / "fully-connected.md"
    page.write_text("<!-- table parameters -->\n<!-- end -->\n")
    assert tables.main(["parameters", "--docs", str(tmp_path)]) == 0
    assert "| 64×64×3 | 3,576,707 | 2,765,633 |" in page.read_text("utf-8")
