"""Where ``train.py``, ``synthesize.py`` and ``conf/`` are: at the top of a checkout, or inside an installed package."""

import runpy
import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import gtzan

PROGRAMS = ("train", "synthesize")


def programs_folder() -> Path:
    """The folder that holds the programs and their configuration; the wheel puts them into the package."""
    package = Path(gtzan.__file__).parent
    installed = package / "_programs"
    return installed if installed.is_dir() else package.parent


def run_program(name: str, arguments: Sequence[str]) -> None:
    """Run a program in this process, as ``python train.py ARGUMENTS`` would.

    Args:
        name: one of :data:`PROGRAMS`.
        arguments: Hydra's overrides and flags.

    Raises:
        SystemExit: with the program's exit status.
    """
    script = programs_folder() / f"{name}.py"
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.parent))  # synthesize.py imports train.py
    runpy.run_path(str(script), run_name="__main__")


def load_program(name: str) -> ModuleType:
    """The module of one of :data:`PROGRAMS`, for its functions; nothing is run, and ``sys.modules`` stays as it is."""
    spec = spec_from_file_location(name, programs_folder() / f"{name}.py")
    assert spec and spec.loader  # for a .py file there is always one
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
