"""Audio on a disk or a network that does not answer for a moment."""

import time
from collections.abc import Callable
from typing import TypeVar

from gtzan.errors import UnreachableAudioError, UserError

PAUSES = (0.2, 0.8, 2.0)  # seconds between attempts

T = TypeVar("T")


def retried(read: Callable[[], T]) -> T:
    """What ``read`` returns, called again for some seconds while it raises :class:`UnreachableAudioError`.

    Raises:
        UserError: the file could not be read at any attempt, which has to stop the work: it is not known to be broken.
    """
    for pause in PAUSES:
        try:
            return read()
        except UnreachableAudioError:
            time.sleep(pause)
    try:
        return read()
    except UnreachableAudioError as error:
        raise UserError(
            f"{error.path} cannot be read ({error.reason}): when it can be read again, or is removed, "
            "the same command goes on; what is finished is kept."
        ) from error
