"""What is installed only on demand, and how to ask for it."""

from importlib.util import find_spec

from gtzan.errors import UserError

# By the name of a launcher: the plugin that brings it, and the extra of ours that brings the plugin.
LAUNCHERS = {
    "joblib": ("hydra_plugins.hydra_joblib_launcher", "sweep"),
    "submitit_slurm": ("hydra_plugins.hydra_submitit_launcher", "slurm"),
    "ray": ("hydra_plugins.hydra_ray_launcher", "ray"),
}

# By the name of a logger's class: the library that it needs, which is the name of our extra, too.
LOGGERS = {
    "ResumableWandbLogger": "wandb",
    "WandbLogger": "wandb",
    "ResumableMlflowLogger": "mlflow",
    "MLFlowLogger": "mlflow",
}


def check_launcher(name: str) -> None:
    """Raises a :class:`UserError` for a launcher of ours that is not installed."""
    plugin, extra = LAUNCHERS.get(name, (None, None))
    if plugin and find_spec(plugin) is None:
        raise UserError(f"hydra/launcher={name} needs an extra: pip install -e '.[{extra}]'.")


def check_logger(name: str) -> None:
    """Raises a :class:`UserError` for a logger's class whose library is not installed."""
    library = LOGGERS.get(name)
    if library and find_spec(library) is None:
        raise UserError(f"logger={library} needs an extra: pip install 'gtzan[{library}]'.")
