"""The ways in which a promise can be broken."""


class Fault(Exception):
    """A broken promise; the class says which column of the table counts it."""

    column = ""


class Lost(Fault):
    """Work, data or a result is gone, altered, or cannot be completed."""

    column = "lost"


class LetIn(Fault):
    """Code of a stranger's ran, or a file outside the intended folder was touched."""

    column = "let in"


class Hung(Fault):
    """No answer in time."""

    column = "hung"


class Traceback(Fault):
    """A crash, or an error that was not written for users."""

    column = "tracebacks"


class Accepted(Fault):
    """Something wrong was taken for right."""

    column = "accepted wrongly"


class Skipped(Exception):
    """This machine cannot try it; the message says why."""


BAD = tuple(fault.column for fault in (Lost, LetIn, Hung, Traceback, Accepted))
COLUMNS = ("survived", *BAD, "skipped")
