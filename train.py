"""Train and judge a music genre classifier, or a generator."""

import time
from pathlib import Path

import hydra
from omegaconf import DictConfig

from gtzan.experiments.processes.launch import entry_point
from gtzan.experiments.processes.startup import run_main
from gtzan.experiments.sweeps.points import reuse_or_run


def train(cfg: DictConfig) -> dict:
    """From audio to a judged run; returns the run's metrics."""
    from gtzan.experiments.configuration.validation import validate
    from gtzan.experiments.factory import read_corpus
    from gtzan.experiments.resuming import resume
    from gtzan.experiments.runs.folder import RunFolder

    started = time.monotonic()
    cfg, checkpoint = resume(cfg)
    validate(cfg)
    corpus, split = read_corpus(cfg)  # mistakes show before the slow imports that follow

    from gtzan.experiments.companions import with_guide
    from gtzan.experiments.factory import make_datamodule, make_model, results_class
    from gtzan.experiments.fitting import fit
    from gtzan.experiments.precision import with_precision
    from gtzan.reports.run_results import write_results

    cfg = with_guide(cfg, corpus, split, train)  # a generator learns from a classifier, which is trained first
    cfg = with_precision(cfg, len(corpus.genres))
    run = RunFolder(Path(cfg.run_dir))
    run.save_config(cfg)
    datamodule = make_datamodule(cfg, corpus, split)
    model = make_model(cfg, datamodule)
    trainer = fit(cfg, model, datamodule, checkpoint)
    if cfg.trainer.get("fast_dev_run"):  # one batch was trained on as a check: there is nothing to evaluate
        return {}
    results = results_class(cfg).of(trainer, model, datamodule, run.checkpoint)
    return write_results(run, results, trainer, cfg, started)


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
@entry_point
def main(cfg: DictConfig) -> float:
    metrics = reuse_or_run(train, cfg)  # of a sweep's finished point, those that it has stored
    return metrics.get("test/accuracy", metrics.get("test/mse"))


if __name__ == "__main__":
    run_main(main)
