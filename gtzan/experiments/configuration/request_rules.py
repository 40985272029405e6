"""What of a request for music goes together: ``like``, ``continue``, ``blend``, ``genre`` and the generator."""

from collections.abc import Mapping
from pathlib import Path

from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration.arguments import GENERATORS
from gtzan.experiments.configuration.values import show
from gtzan.synthesis.request import Request


def check_request(values: Mapping, net: str) -> None:
    """Check that what samples begin with is one thing, which exists, that a generator can begin with it, and that no
    key is without effect.

    Args:
        values: the configuration.
        net: the class of the generator's net.

    Raises:
        UserError: the first mistake.
    """
    asked = [key for key in ("like", "continue", "blend") if values[key] is not None]
    if asked and values["ckpt"] is None and net in GENERATORS and net != "Flow":
        raise UserError(f"{asked[0]}={show(values[asked[0]])} needs a generator that can do it: choose model=flow.")
    if asked[:2] == ["like", "continue"]:
        raise UserError("A sample is like a song or continues one: leave like or continue out.")
    if "blend" in asked and values["genre"] is not None:
        raise UserError("blend names the genres: leave genre out.")
    if "like" not in asked and values["strength"] != Request.strength:
        raise UserError(
            f"strength={show(values['strength'])} is that of variations of a song: name one with like=SONG."
        )
    if asked[:1] in (["like"], ["continue"]) and values["temperature"] != Request.temperature:
        raise UserError(
            f"temperature={show(values['temperature'])} changes nothing with {asked[0]}=, for samples have the song's "
            "style: leave it out."
        )
    for key in asked:
        if key != "blend" and not Path(values[key]).expanduser().is_file():
            raise BadValueError(key, values[key], f"{key}={values[key]}: there is no such file.")
