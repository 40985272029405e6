"""Which classes and functions a run's configuration or a checkpoint may name as a ``_target_``.

Either may come from someone else, and whatever it names would be called. Nothing is imported to check a name, because
importing a module runs it. What users type or have in ``conf/`` is their own code, and is not checked here.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from gtzan.errors import UserError

CALLED_KEYS = ("make", "results", "report")  # of a model: names without a _target_
CLASS = r"[A-Z]\w*"


@dataclass(frozen=True)
class AllowedTarget:
    """The classes and functions that a key of a configuration may name.

    Attributes:
        name: for error messages.
        base: the class that all of them inherit from, or return.
        trusted: a pattern of the names that are always allowed.
    """

    name: str
    base: str
    trusted: str

    def allows(self, target: str) -> bool:
        """Whether it is a trusted name, or something of ``base`` in a module that is imported already."""
        return re.fullmatch(self.trusted, target, re.ASCII) is not None or self._imported(target)

    def _imported(self, target: str) -> bool:
        found, base = _imported(target), _imported(self.base)
        # What is ours and may be named, is named in the lists.
        if not isinstance(base, type) or target.startswith("gtzan."):
            return False
        if isinstance(found, type):
            return issubclass(found, base)
        # os.system, too, is a function of an imported module: one that makes a corpus says so.
        return inspect.isfunction(found) and found.__annotations__.get("return") in (base, base.__name__)


CORPUS = AllowedTarget(
    "corpus",
    "gtzan.corpora.corpus.Corpus",
    r"gtzan\.corpora\.(auto\.auto|builtin\.builtin|fma\.fma|folder\.folder|gtzan\.gtzan|mirdata\.mirdata"
    r"|table\.table)_corpus",
)
NET = AllowedTarget(
    "net",
    "torch.nn.Module",
    r"gtzan\.models\.nets\.(cnn\.Cnn|convlstm\.ConvLstm|dense\.Dense|flow\.Flow|generator\.Cvae|lda\.Lda"
    r"|logistic\.Logistic|resnet\.Resnet)",
)
VIEW = AllowedTarget("view", "gtzan.data.views.Frames", r"gtzan\.data\.views\.(Blocks|Frames|LogMels|Statistics)")
MODEL = AllowedTarget(
    "model",
    "lightning.LightningModule",
    r"gtzan\.experiments\.factory\.make_(classifier|closed_form_classifier|generator)",
)
RESULTS = AllowedTarget(
    "results",
    "gtzan.evaluation.classification.Results",
    r"gtzan\.evaluation\.(classification\.Results|reconstruction\.Reconstructions)",
)
REPORT = AllowedTarget(
    "report",
    "gtzan.reports.classifier_report.ClassifierReport",
    r"gtzan\.reports\.(classifier_report\.Classifier|generator_report\.Generator)Report",
)
OPTIMIZER = AllowedTarget("optimizer", "torch.optim.Optimizer", rf"torch\.optim\.{CLASS}")
TRAINER = AllowedTarget("trainer", "lightning.Trainer", r"lightning(\.pytorch)?\.Trainer")
CALLBACK = AllowedTarget(
    "callback",
    "lightning.pytorch.callbacks.Callback",
    rf"lightning\.pytorch\.callbacks\.{CLASS}|gtzan\.models\.callbacks\.{CLASS}",
)
LOGGER = AllowedTarget(
    "logger",
    "lightning.pytorch.loggers.Logger",
    rf"(lightning\.pytorch\.loggers|gtzan\.models\.(loggers|trackers))\.{CLASS}",
)
TRAINER_PARTS = (
    CALLBACK,
    LOGGER,
    OPTIMIZER,
    AllowedTarget("profiler", "lightning.pytorch.profilers.Profiler", rf"lightning\.pytorch\.profilers\.{CLASS}"),
    AllowedTarget(
        "strategy",
        "lightning.pytorch.strategies.Strategy",
        rf"lightning\.pytorch\.strategies\.{CLASS}|gtzan\.experiments\.processes\.ddp\.Processes",
    ),
    AllowedTarget(
        "plugin",
        "lightning.pytorch.plugins.LayerSync",
        rf"lightning\.pytorch\.plugins\.{CLASS}",
    ),
)
ALLOWED_BY_KEY: tuple[tuple[str, tuple[AllowedTarget, ...]], ...] = (
    (r"data", (CORPUS,)),
    (r"((model|guide)\.)?net", (NET,)),
    (r"((model|guide)\.)?view", (VIEW,)),
    (r"model\.make", (MODEL,)),
    (r"model\.results", (RESULTS,)),
    (r"model\.report", (REPORT,)),
    (r"(guide\.)?optimizer", (OPTIMIZER,)),
    (r"trainer", (TRAINER,)),
    (r"logger(\.[^.]+)?", (LOGGER,)),
    (r"callbacks\.[^.]+", (CALLBACK,)),
    (r"(trainer|logger|callbacks)\..+", TRAINER_PARTS),
)


def check_targets(values: dict, source: str) -> None:
    """Raises a :class:`UserError` where a file names what is not on this module's lists.

    Args:
        values: of a configuration or of a checkpoint's hyper-parameters, as plain Python types.
        source: the file, for the message.
    """
    for place, target in _targets(values):
        allowed = next((allowed for pattern, allowed in ALLOWED_BY_KEY if re.fullmatch(pattern, place)), ())
        if not isinstance(target, str) or not any(rule.allows(target) for rule in allowed):
            wanted = " or ".join(rule.name for rule in allowed) or "target"
            raise UserError(
                f"{source} names {str(target)[:100]!r} as {place}, which is no {wanted} of gtzan, Lightning or torch, "
                "nor of a module that is imported already: nothing else is run because a file says so."
            )


def _targets(values: dict) -> Iterator[tuple[str, object]]:
    """Every name that would be called, with its key."""
    waiting: list[tuple[str, object]] = [("", values)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, list | tuple):
            value = dict(enumerate(value))
        for key, item in value.items() if isinstance(value, dict) else ():
            inner = f"{place}.{key}".lstrip(".")
            if key == "_target_":
                yield place, item
            elif place == "model" and (key in CALLED_KEYS or (isinstance(item, str) and not item.isidentifier())):
                yield inner, item
            else:
                waiting.append((inner, item))


def _imported(name: str) -> object:
    """What an imported module has under a dotted name; ``None`` where it has nothing."""
    module, _, attribute = name.rpartition(".")
    found = sys.modules.get(module)
    # Not getattr, which may make a module import others.
    return vars(found).get(attribute) if found is not None else None
