"""Errors that a user can fix, as opposed to bugs.

Entry points print a ``UserError`` as one sentence, without a traceback, and exit with status 2.
"""


class UserError(Exception):
    """A mistake in the command, the configuration or the data; the message names it and the fix."""


class BadValueError(UserError):
    """A value that its key in the configuration cannot have.

    Attributes:
        key: with dots.
        value: as configured.
    """

    def __init__(self, key: str, value: object, message: str) -> None:
        self.key, self.value = key, value
        super().__init__(message)


class BrokenAudioError(UserError):
    """An audio file that cannot be used.

    Attributes:
        path: the file.
        reason: what is wrong with it, for tables and logs, without the path.
    """

    def __init__(self, path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class UnreachableAudioError(BrokenAudioError):
    """An audio file that could not be read this time: its disk or network is to blame, or its rights, not its content.

    It may be sound, and must never be remembered as broken.
    """


def first_line(error: Exception) -> str:
    """What an error says first, or its kind where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def reason_of(error: OSError) -> str:
    """What the system says of a failure, in lower case, such as ``no space left on device``."""
    return (error.strerror or str(error)).lower()
