"""From the folder of a synthesis to the clips of a listening test."""

from pathlib import Path

from gtzan.audio.files import audio_info
from gtzan.audio.generated import GeneratedFile
from gtzan.errors import UserError
from gtzan.experiments.origin import find_origin
from gtzan.experiments.runs.folder import RunFolder
from gtzan.models.predictor import Predictor
from gtzan.synthesis.clips import ClipMaker, ListeningTest
from gtzan.synthesis.request import Request
from gtzan.synthesis.synthesizer import Synthesizer

MOST_SECONDS = 10.0  # of a clip: longer ones tire listeners, and make a page too large


def make_listening_test(folder: RunFolder, n: int) -> ListeningTest:
    """Real, copied and generated clips, by the models and the tracks of a synthesis.

    Args:
        folder: of the synthesis.
        n: clips of each kind in each genre, at most.

    Raises:
        UserError: no finished synthesis, or its models or real tracks are not on this machine.
    """
    manifest, cfg = folder.synthesis(), folder.config()
    try:
        generator, judge = Path(manifest["generator"]), Path(manifest["settings"]["judge"])
        samples = [
            GeneratedFile(str(s["genre"]), folder.inside(s["wav"]), float(s["gain_db"]), float(s["start"]))
            for s in manifest["samples"]
        ]
        # All of one length: variations of a short song are shorter than what was asked for.
        cfg.seconds = min(cfg.seconds, MOST_SECONDS, *(audio_info(s.path).seconds - s.start for s in samples))
        cfg.genre = list(dict.fromkeys(sample.genre for sample in samples))
        request = Request.of(cfg)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder.synthesis_file} is damaged, or of an older version ({error!r}).") from error
    synthesizer, predictor = Synthesizer.load(generator), Predictor.load(judge)
    origin = find_origin(generator, cfg)
    reference = origin.reference(request) if origin else None
    if reference is None:
        raise UserError(f"The real tracks that {folder} is to be compared with are not on this machine.")
    return ClipMaker(synthesizer, predictor, reference, int(cfg.seed)).make(samples, n)
