"""Train and judge a music genre classifier."""

import sys
from pathlib import Path

import hydra
from omegaconf import DictConfig

from gtzan.cpu import prepare_cpu
from gtzan.launch import entry_point, flags_first, register_resolvers


def train(cfg: DictConfig) -> dict[str, float]:
    """From audio to a judged run; returns the run's metrics."""
    from gtzan.config import read_corpus, resume

    cfg, checkpoint = resume(cfg)
    corpus, split = read_corpus(cfg)  # mistakes show before the slow imports that follow

    from gtzan.config import make_classifier, make_datamodule, make_trainer
    from gtzan.results import Results
    from gtzan.rundir import RunDir

    run = RunDir(Path(cfg.run_dir), cfg)
    datamodule = make_datamodule(cfg, corpus, split)
    classifier = make_classifier(cfg, datamodule)
    trainer = make_trainer(cfg)
    trainer.fit(classifier, datamodule, ckpt_path=checkpoint)
    results = Results.of(trainer, classifier, datamodule, run.checkpoint)
    return run.write(results, trainer)


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
@entry_point
def main(cfg: DictConfig) -> float:
    return train(cfg)["test/accuracy"]


if __name__ == "__main__":
    prepare_cpu()
    register_resolvers()
    sys.argv[1:] = flags_first(sys.argv[1:])
    main()
