"""The process of a launcher that computes points of a sweep."""

import os

from hydra.conf import HydraConf

from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.gpus import use_one_gpu


def prepare_worker(hydra: HydraConf) -> None:
    """Set folder, CPU settings and GPU of this process; call it before torch is imported.

    Args:
        hydra: Hydra's configuration of the point.
    """
    os.chdir(hydra.runtime.cwd)  # Ray's workers start elsewhere, and ``data/features`` is meant from here
    prepare_cpu()
    if hydra.runtime.choices["hydra/launcher"] == "joblib":  # clusters give each job GPUs of its own
        use_one_gpu()
