"""The configurations of a sweep's points, without composing each from its files."""

from collections.abc import Sequence

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

PLAIN = (bool, int, float, str, type(None))


class Configurations:
    """Composes a configuration once for each choice of files (``model=cnn``), and sets numbers in copies of it.

    Hydra sets values after it has merged the files, so that both are the same; but to compose takes 70 ms, which many
    points multiply.

    Args:
        config: Hydra's, of the whole sweep.
        loader: Hydra's.
    """

    def __init__(self, config: DictConfig, loader: ConfigLoader) -> None:
        self.config, self.loader = config, loader
        self.excluded = set(config.hydra.job.config.override_dirname.exclude_keys)
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._parser = OverridesParser.create(config_loader=loader)
        self._parsed: dict[str, Override] = {}
        self._plain: dict[str, bool] = {}

    def of(self, overrides: Sequence[str]) -> DictConfig:
        """The configuration of a point, without the node ``hydra``.

        Raises:
            HydraException: no such key or file, in Hydra's words.
        """
        choices, values = self.divide(overrides)
        if choices not in self._composed:
            self._composed[choices] = self._compose(choices)
        cfg = self._composed[choices].copy()
        try:
            for override in map(self._parse, values):
                OmegaConf.update(cfg, override.key_or_group, override.value(), merge=True)
        except OmegaConfBaseException:
            return self._compose(overrides)  # which says what is wrong
        return cfg

    def divide(self, overrides: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those that choose files, and those that set values in them.

        Where one refers to others or is forced in, all count as choices, because their order and each other matter.
        """
        if any(override.is_force_add() or "${" in str(override.value()) for override in map(self._parse, overrides)):
            return tuple(overrides), ()
        values = tuple(text for text in overrides if self._is_plain(text))
        return tuple(text for text in overrides if text not in values), values

    def name(self, overrides: Sequence[str]) -> str:
        """What the overrides of a point say, as Hydra's ``override_dirname``: sorted, without places."""
        telling = [text for text in overrides if not text.startswith("hydra.")]
        return ",".join(sorted(text for text in telling if self._parse(text).key_or_group not in self.excluded))

    def _compose(self, overrides: Sequence[str]) -> DictConfig:
        cfg = self.loader.load_sweep_config(self.config, list(overrides))
        OmegaConf.set_struct(cfg, False)
        del cfg["hydra"]
        OmegaConf.set_struct(cfg, True)
        return cfg

    def _parse(self, text: str) -> Override:
        if text not in self._parsed:
            (self._parsed[text],) = self._parser.parse_overrides([text])
        return self._parsed[text]

    def _is_plain(self, text: str) -> bool:
        """Whether it changes a value that is no choice of a file, and no node."""
        if text not in self._plain:
            override = self._parse(text)
            key = override.key_or_group
            changes = not (override.is_add() or override.is_delete() or override.package or key.startswith("hydra"))
            choice = self.loader.repository.group_exists(key)
            self._plain[text] = changes and not choice and isinstance(override.value(), PLAIN)
        return self._plain[text]
