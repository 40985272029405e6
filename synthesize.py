"""Generate music by genre, and judge it."""

from pathlib import Path

import hydra
from omegaconf import DictConfig

from gtzan.experiments.processes.cpu import use_threads
from gtzan.experiments.processes.launch import entry_point
from gtzan.experiments.processes.startup import run_main
from gtzan.experiments.sweeps.points import reuse_or_run
from train import train


def synthesize(cfg: DictConfig) -> dict:
    """Generate music of a genre and classify it; returns the metrics."""
    from gtzan.experiments.companions import Companions
    from gtzan.experiments.configuration.validation import validate
    from gtzan.experiments.resuming import resume
    from gtzan.synthesis.request import Request

    cfg, _ = resume(cfg)
    validate(cfg)
    request = Request.of(cfg)
    companions = Companions.of(cfg, request, train)  # generator and judge: named, found, or trained now

    # After what may be a mistake: these imports are slow.
    from gtzan.reports.synthesis_folder import SynthesisFolder
    from gtzan.synthesis.judging import Judgement, Panel
    from gtzan.synthesis.synthesizer import Synthesizer

    use_threads(cfg.threads)  # whatever a training has used just now: the same bytes as from models that were found
    synthesizer = Synthesizer.load(companions.generator)
    request = synthesizer.completed(request)
    panel = Panel.of(synthesizer.generator, companions.judge)
    folder = SynthesisFolder(Path(cfg.run_dir), cfg, companions, synthesizer)
    for sample in synthesizer.samples(request, folder.done):
        folder.add(sample)
    origin = companions.origin  # the real music to compare with, where it is on this machine
    reference = origin.reference(request) if origin else None
    independent = origin.independent_embedding(request, folder.files) if origin else None
    judgement = Judgement.of(panel, synthesizer, folder.files, reference, independent)
    return folder.write(judgement, reference)


@hydra.main(version_base="1.3", config_path="conf", config_name="synthesize")
@entry_point
def main(cfg: DictConfig) -> float:
    return reuse_or_run(synthesize, cfg)["synth/judge_accuracy"]


if __name__ == "__main__":
    run_main(main)
