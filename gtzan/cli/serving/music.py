"""Music of a genre, made by a trained generator, and what listeners think of it."""

from datetime import UTC, datetime
from functools import cached_property

from gtzan.errors import UserError
from gtzan.experiments.runs.folder import RunFolder
from gtzan.reports.data_urls import audio_url
from gtzan.synthesis.request import Request
from gtzan.synthesis.synthesizer import Synthesizer

MOST_SAMPLES = 1_000_000
STARS = range(1, 6)
DEFAULTS = Request()  # what synthesize.py makes unless told otherwise


class GeneratedMusic:
    """Samples of a generator, and their ratings.

    Args:
        run: the generator's; ratings are kept in it.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    @cached_property
    def synthesizer(self) -> Synthesizer:
        return Synthesizer.load(self.run.checkpoint)

    def sound(self, genre: object, number: object) -> str:
        """The numbered sample of a genre as a ``data:`` URL; genre and number come from a request.

        Raises:
            UserError: a genre that the generator does not know, or no such number.
        """
        name, count = self._checked(genre, number)
        sample = self.synthesizer.sample(name, count, DEFAULTS.seconds, DEFAULTS.seed, DEFAULTS.temperature)
        return audio_url(sample.waveform, sample.sample_rate)

    def rate(self, genre: object, number: object, stars: object) -> None:
        """Keep a rating from 1 to 5 of a sample, which genre, number, seed and temperature determine.

        Raises:
            UserError: there is no such sample, or no such rating.
        """
        name, count = self._checked(genre, number)
        if type(stars) is not int or stars not in STARS:
            raise UserError(f"a rating from {STARS[0]} to {STARS[-1]} is needed")
        self.run.add_rating(
            {
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "genre": name,
                "number": count,
                "seed": DEFAULTS.seed,
                "temperature": DEFAULTS.temperature,
                "seconds": DEFAULTS.seconds,
                "rating": stars,
            }
        )

    def _checked(self, genre: object, number: object) -> tuple[str, int]:
        if not isinstance(genre, str) or genre not in self.synthesizer.classes:
            raise UserError(f"the generator knows {', '.join(self.synthesizer.classes)}")
        if type(number) is not int or not 0 <= number < MOST_SAMPLES:
            raise UserError(f"a sample's number is needed, from 0 to {MOST_SAMPLES - 1}")
        return genre, number
