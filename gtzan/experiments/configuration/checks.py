"""What the checks of a configuration's parts have in common: constraints, names of keys, targets."""

from collections.abc import Mapping
from difflib import get_close_matches

from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration.values import Constraint, show


def check(values: Mapping, key: str, constraint: Constraint) -> None:
    """Raise a :class:`BadValueError` where a dotted key is present but violates its constraint."""
    *nodes, last = key.split(".")
    for name in nodes:
        node = values.get(name)
        if not isinstance(node, Mapping):
            return
        values = node
    if last in values and not constraint.allows(values[last]):
        raise BadValueError(key, values[last], f"{key}={show(values[last])} must be {constraint}.")


def check_names(values: Mapping, node: str, known: tuple[str, ...]) -> None:
    """Raise a :class:`UserError` for a key of a node that is not known, with the one that was probably meant."""
    for key in values:
        if key not in known and key != "_target_":
            near = get_close_matches(str(key), known, 1)
            hint = f"did you mean {node}.{near[0]}?" if near else f"choose from {', '.join(known)}."
            raise UserError(f"There is no key {node}.{key}: {hint}")


def target_name(values: Mapping, node: str) -> str:
    """The name of the class or function that a node makes, without its module.

    Raises:
        UserError: it names none.
    """
    target = values.get("_target_")
    if not isinstance(target, str) or not target:
        raise UserError(f"{node}._target_={show(target)} must be the name of what {node} makes.")
    return target.rpartition(".")[2]
