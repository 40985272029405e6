"""A process that computes points of a sweep, whichever launcher has started it, and where."""

import os

from hydra.conf import HydraConf

from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.gpus import claim_one


def settle(hydra: HydraConf) -> None:
    """Make this process like one that was started by hand, before torch is imported.

    Args:
        hydra: Hydra's configuration of the point.
    """
    os.chdir(hydra.runtime.cwd)  # Ray's workers start elsewhere, and ``data/features`` is meant from here
    prepare_cpu()
    if hydra.runtime.choices["hydra/launcher"] == "joblib":  # clusters give each job GPUs of its own
        claim_one()
