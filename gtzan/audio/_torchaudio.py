"""torchaudio, also beside a CPU build of torch: ``from gtzan.audio._torchaudio import torchaudio``.

On Linux, torchaudio's wheel carries a C++ extension that is linked against CUDA, so that ``import torchaudio`` raises
``OSError`` where torch has no CUDA libraries. Only forced alignment and a fast path of the IIR filters need that
extension. Where it cannot be loaded, an empty one takes its place, which torchaudio reads as "built without".

The mel filterbank and the DCT are torchaudio's. Its transforms are not used: one STFT serves all six features,
in float64 to equal librosa's, and :mod:`gtzan.audio.inversion` has Griffin-Lim in blocks whose memory is bounded.
"""

import importlib
import sys
from types import ModuleType

EXTENSION = "torchaudio._extension"


def import_torchaudio() -> ModuleType:
    """Import torchaudio, without its C++ extension if that cannot be loaded."""
    try:
        return importlib.import_module("torchaudio")
    except OSError:
        stand_in = ModuleType(EXTENSION)
        vars(stand_in).update(_IS_TORCHAUDIO_EXT_AVAILABLE=False, fail_if_no_align=lambda function: function)
        sys.modules[EXTENSION] = stand_in
        try:
            return importlib.import_module("torchaudio")
        except BaseException:
            del sys.modules[EXTENSION]  # whatever else is wrong, the next import must see it too
            raise


torchaudio = import_torchaudio()
