"""A Lightning plugin that writes checkpoints atomically and reads them safely."""

import io
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from gtzan.errors import UserError
from gtzan.files import replace_atomically
from gtzan.models.checkpoint_files import LAST, keep_previous, verified_content


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint to a temporary file beside its path, flushes and renames it, and keeps the previous one.

    Lightning's own writes into the system's folder for temporary files and moves: between file systems that is a copy,
    which a kill tears.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()  # torch, writing to a file itself, does not say why it cannot
        torch.save(checkpoint, content)

        def write(file) -> None:
            file.write(content.getbuffer())
            if path.name == LAST:
                keep_previous(path)

        replace_atomically(path, write)

    def load_checkpoint(self, path: str | Path, map_location=None, weights_only: bool | None = None) -> dict[str, Any]:
        """Read with ``weights_only=True``, whatever Lightning asks for: a checkpoint cannot run code."""
        try:
            return torch.load(verified_content(path), map_location, weights_only=True)
        except FileNotFoundError:
            raise
        except Exception as error:  # which one depends on the bytes: to the unpickler, any file is a program
            raise UserError(f"{path} cannot be read as a checkpoint: remove it to train from the beginning.") from error
