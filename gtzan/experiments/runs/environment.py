"""The environment of a run: command, package versions and machine."""

import os
import platform
import re
import shlex
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from gtzan.experiments.runs.folder import RunFolder

PACKAGES = ("torch", "torchaudio", "lightning", "hydra-core", "numpy", "scipy", "librosa", "soundfile", "gtzan")


def record(run: RunFolder) -> None:
    """Write ``environment.json``; a resumed run keeps the command that it was started with."""
    before = run.environment()
    typed = command()
    if typed is None or re.search(r"[ ']resume=", typed):
        typed = before.get("command", typed)
    run.save_environment({"command": typed, **environment()})


def command() -> str | None:
    """The command line, for a sweep point with its own overrides only; ``None`` unless Hydra started the process.

    For a model that was trained because another one needs it, this is the command of the other.
    """
    if not HydraConfig.initialized():
        return None
    hydra = HydraConfig.get()
    overrides = [override for override in hydra.overrides.task if not override.startswith("hydra.")]
    return " ".join([f"python {hydra.job.name}.py", *map(shlex.quote, overrides)])


def environment() -> dict[str, str]:
    """Package versions and hardware, as text."""
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {
        "Python": platform.python_version(),
        **{name: found for name in PACKAGES if (found := _version(name))},
        "commit": _commit(),
        "system": f"{platform.system()} {platform.release()}",
        "CPU": f"{processor_name()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads used",
        "GPU": ", ".join(gpus) or "none",
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    """The commit of the working tree that contains this package, if there is one."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists():
        return "unknown"
    git = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(git, capture_output=True, text=True, timeout=10).stdout.strip() or "unknown"
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"


def processor_name() -> str:
    """Name of the CPU, which Python itself knows on some systems only."""
    with suppress(OSError):  # Linux has this file
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
