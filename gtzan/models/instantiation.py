"""Objects of the classes that a configuration names, with one sentence where there is none."""

import logging

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig

from gtzan.errors import UserError

log = logging.getLogger(__name__)


def instantiate_from(node: DictConfig | dict, key: str, **arguments):
    """Hydra's ``instantiate`` of what stands under ``key``.

    Raises:
        UserError: there is no such class, or it does not take these arguments.
        OSError: a file could not be written, as on a full disk.
    """
    try:
        return instantiate(node, **arguments)
    except InstantiationException as error:
        log.debug("%s", error, exc_info=True)
        cause = error.__cause__ or error
        if isinstance(cause, OSError | UserError):
            raise cause from error
        reason = str(cause).partition("\n")[0].rstrip(".")
        raise UserError(f"{key}._target_={node['_target_']} cannot be made: {reason}.") from error
