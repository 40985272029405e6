"""Hashes of the source code that results depend on, taken without importing it.

Comments, docstrings and layout do not count: a reworded docstring changes no number.
"""

import ast
import sys
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path

from gtzan.audio.encoders.registry import is_of_hub

PACKAGE = "gtzan"

FEATURES = ("gtzan.audio.features", "gtzan.audio.files", "gtzan.data.extraction")
"""Modules that turn audio files into features: part of the feature cache's key."""

HUB_ENCODERS = ("gtzan.audio.encoders.hub",)
"""Modules that turn waveforms into the embeddings of the Hugging Face hub's encoders: part of these stores' keys."""

TRAINING = (
    "gtzan.models.callbacks",
    "gtzan.models.classifier",
    "gtzan.models.closed_form",
    "gtzan.experiments.factory",
    "gtzan.experiments.processes.cpu",
    "gtzan.data.datamodule",
    "gtzan.experiments.processes.ddp",
    "gtzan.experiments.fitting",
    "gtzan.evaluation.classification",
)
"""Modules that turn features into a trained classifier and its metrics; nets aside, which a configuration names, as it
does what makes a generator."""

GUIDES = (
    "gtzan.models.nets.cnn",
    "gtzan.models.nets.convlstm",
    "gtzan.models.nets.dense",
    "gtzan.models.nets.lda",
    "gtzan.models.nets.logistic",
    "gtzan.models.nets.resnet",
)
"""Nets that may teach a generator, or judge what it makes."""

SYNTHESIS = ("gtzan.synthesis.judging", "gtzan.evaluation.pca", "gtzan.synthesis.synthesizer")
"""Modules that turn a trained generator into music, verdicts and principal components."""

UNCOUNTED = (
    "gtzan.corpora",  # their result (tracks, sound and parts) is itself part of a point's identity
    "gtzan.errors",
    "gtzan.files",
    "gtzan.corpora.fingerprints",
    "gtzan.experiments.configuration.composition",
    "gtzan.experiments.sweeps.points",
    "gtzan.evaluation.classification_report",
    "gtzan.experiments.runs.folder",
    "gtzan.experiments.runs.checkpoint_search",
    "gtzan.data.source",
)
"""Modules and packages that move no number, which those above import. Whatever else they import counts with them."""


@cache
def code_digest(modules: tuple[str, ...]) -> str:
    """A short hash of the code of modules and of what they import, directly or not, libraries aside."""
    return _digest(_with_imports(modules))


def extractor_modules(encoder: str | None) -> tuple[str, ...]:
    """Modules that turn audio files into features, or into the embeddings of an encoder."""
    return (*FEATURES, *HUB_ENCODERS) if is_of_hub(encoder) else FEATURES


@cache
def target_digest(target: str) -> str | None:
    """A short hash of the code behind a ``_target_`` and of what it imports; ``None`` for a library's.

    Args:
        target: a dotted path of a class or a function, such as ``gtzan.models.nets.cnn.Cnn``.
    """
    sources = _with_imports((target.rpartition(".")[0],))
    return _digest(sources) if sources else None


def _digest(sources: dict[str, Path]) -> str:
    texts = [[name, _normalised(path)] for name, path in sorted(sources.items())]
    return sha256(repr(texts).encode()).hexdigest()[:12]


def find_source(module: str) -> Path | None:
    """The source file of a module outside the libraries; ``None`` where there is none. Nothing is imported."""
    first, *rest = module.split(".")
    if not all(part.isidentifier() for part in (first, *rest)):
        return None
    if first == PACKAGE:  # the one that is running, however it was installed
        folder: Path | None = Path(__file__).parents[2]
    else:
        folder = None if first in sys.stdlib_module_names else _own_folder(first)
    if folder is None:
        return None
    path = folder.joinpath(first, *rest)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def _own_folder(name: str) -> Path | None:
    """The folder that a top-level module or package of the user's own lies in; ``None`` for a library's."""
    spec = PathFinder.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).resolve()
    if {"site-packages", "dist-packages"} & set(path.parts):  # where every installer puts libraries
        return None
    return path.parents[1] if path.name == "__init__.py" else path.parent


def _with_imports(modules: Iterable[str]) -> dict[str, Path]:
    """The source files of modules and of all that they import, as far as it is ours or the user's own, and counts."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        uncounted = any(name == module or name.startswith(f"{module}.") for module in UNCOUNTED)
        if name not in found and not uncounted and (path := find_source(name)):
            found[name] = path
            waiting += _imports(path, name)
    return found


@cache
def _imports(path: Path, module: str) -> list[str]:
    """What a module imports when it is imported; what its functions import later shows results or writes them."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names = []
    waiting: list[ast.AST] = [_parsed(path)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            names += [source, *(f"{source}.{alias.name}" for alias in node.names)]  # modules or names in one
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
    return names


@cache
def _normalised(path: Path) -> str:
    """The code in a file without comments, docstrings and layout."""
    tree = _parsed(path)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [part for part in body if not _is_text(part)] or [ast.Pass()]
    return ast.unparse(tree)


def _parsed(path: Path) -> ast.Module:
    """The syntax tree of a file; an empty one where it is no Python, which fails when it is to run."""
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])


def _is_text(node: ast.AST) -> bool:
    """Whether it is a docstring, or a string that documents the constant above it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
