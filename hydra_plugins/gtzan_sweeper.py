"""Where Hydra looks for plugins. Imported by every Hydra application of this environment, so it imports little."""

from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig


class PointSweeper(BasicSweeper):
    """The product of the overrides, as Hydra's own sweeper has it, but a finished point is looked up, not repeated."""

    def setup(self, *, config: DictConfig, **others: Any) -> None:
        from gtzan.errors import UserError
        from gtzan.experiments.processes.exits import exit_with_error
        from gtzan.experiments.processes.extras import check_launcher

        try:
            check_launcher(config.hydra.runtime.choices["hydra/launcher"])
        except UserError as error:
            exit_with_error(error)
        super().setup(config=config, **others)

    def sweep(self, arguments: list[str]) -> Any:
        from gtzan.experiments.configuration.hydra_errors import user_errors
        from gtzan.experiments.processes.exits import orderly_exit
        from gtzan.experiments.sweeps.sweep import sweep

        loader = self.hydra_context.config_loader
        parser = OverridesParser.create(config_loader=loader)
        advice, program = "Type the same command again to resume.", self.config.hydra.job.config_name
        with orderly_exit(lambda: advice, self.config.hydra.sweep.dir), user_errors(program, arguments):
            overrides = parser.parse_overrides([*self._parse_config(), *arguments])
            (combinations,) = self.split_arguments(overrides, None)
            return sweep(self.config, arguments, combinations, loader, self.launcher, write_report)


def write_report(folder: Path) -> None:
    """Write a sweep's page; what draws it is imported when the sweep is over."""
    from gtzan.reports.page import optional

    with optional(folder):
        from gtzan.reports.sweep_report import write_sweep_page

        write_sweep_page(folder)
