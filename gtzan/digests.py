"""Which point a combination of overrides came to, remembered, so that a large sweep is not worked out again."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from omegaconf import OmegaConf

from gtzan import identity, versions
from gtzan.configurations import Configurations
from gtzan.files import write_atomically

_CODE = sha256(Path(identity.__file__).read_bytes()).hexdigest()


class Digests:
    """Digests of points by a hash of all that they follow from: overrides, configuration files, music and code.

    Working a digest out takes some 20 ms, which thousands of points multiply; looking it up takes next to none.

    Args:
        path: a JSON file; made where it is missing, ignored where it is damaged, and free to be deleted.
        configurations: makes configurations of overrides.
    """

    def __init__(self, path: Path, configurations: Configurations) -> None:
        self.path, self.configurations = path, configurations
        try:
            self._known = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self._known = {}
        self._changed = False
        self._choices: dict[tuple[str, ...], str | None] = {}

    def key(self, overrides: Sequence[str], music: dict) -> str | None:
        """The hash of a combination on the music that :func:`gtzan.identity.music_of` describes; ``None`` where the
        digest follows from more than that: from a trained model or from the environment."""
        choices, values = self.configurations.divide(overrides)
        files = self._files(choices)
        if files is None or any(value.partition("=")[0] in identity.MODELS for value in values):
            return None
        parts = [_CODE, versions.RESULTS, versions.FEATURES, files, sorted(values), music]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def get(self, key: str | None) -> str | None:
        return self._known.get(key)

    def add(self, key: str | None, digest: str) -> None:
        if key is not None and self._known.get(key) != digest:
            self._known[key] = digest
            self._changed = True

    def save(self) -> None:
        """Write what is new."""
        if self._changed:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps(self._known))
            self._changed = False

    def _files(self, choices: tuple[str, ...]) -> str | None:
        """Of the configuration that a choice of files makes, ``data`` aside, which the music stands for."""
        if choices not in self._choices:
            cfg = self.configurations.of(choices).copy()
            OmegaConf.set_struct(cfg, False)
            del cfg["data"]
            text = OmegaConf.to_yaml(cfg)
            elsewhere = "${oc.env:" in text or any(cfg.get(name) is not None for name in identity.MODELS)
            self._choices[choices] = None if elsewhere else text
        return self._choices[choices]
