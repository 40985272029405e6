"""Start ``train.py`` and ``synthesize.py``: mistakes in a command are reported before any folder is created."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration.command_line import hydra_arguments
from gtzan.experiments.configuration.composition import CONF
from gtzan.experiments.configuration.hydra_errors import user_errors, with_source_file
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.exits import exit_with_error, prepare_process
from gtzan.experiments.processes.gpus import check_machine
from gtzan.experiments.processes.launch import check_writable, register_resolvers
from gtzan.experiments.processes.terminal import use_printable_logs


def run_main(main: Callable[[], None]) -> None:
    """Run Hydra's ``main`` with the command line, or exit with one sentence about the first mistake in it.

    Hydra creates the run's folder before it calls ``main``, so everything that can be checked quickly is checked here.
    """
    program = Path(sys.argv[0]).stem
    prepare_process()
    prepare_cpu()
    use_printable_logs()
    register_resolvers()
    try:
        sys.argv[1:] = hydra_arguments(sys.argv[1:], program)
        check_command(program, sys.argv[1:])
    except UserError as error:
        exit_with_error(error)
    main()


def check_command(program: str, words: Sequence[str]) -> None:
    """Compose the configuration and validate it; the points of a sweep are validated when it is planned.

    Raises:
        UserError: the first mistake.
    """
    args = get_args_parser().parse_args(words)
    if args.hydra_help or args.experimental_rerun or args.config_path or args.config_name:
        return
    if args.config_dir and not Path(args.config_dir).is_dir():
        raise UserError(f"--config-dir {args.config_dir} is not a folder.")
    with user_errors(program, args.overrides):
        cfg = _composed(program, args)
    shown = args.help or args.cfg or args.info or args.shell_completion
    if shown or args.multirun or cfg.hydra.mode == RunMode.MULTIRUN:
        return
    try:
        validate(cfg)
    except BadValueError as error:
        raise with_source_file(error, cfg, args.overrides) from error
    check_machine(cfg.trainer)
    if cfg.resume is None:  # here, because Hydra creates the run's folder, and shows a traceback on errors
        run_dir = OmegaConf.masked_copy(cfg, "run_dir")  # unresolved
        key = "runs" if "hydra:" in str(run_dir) else "run_dir"  # Hydra's own folder is in runs
        check_writable(cfg[key], key)


def _composed(program: str, args: Namespace) -> DictConfig:
    """The configuration with Hydra's own node."""
    search_path = create_config_search_path(str(CONF))
    if args.config_dir:
        folder = f"file://{Path(args.config_dir).absolute()}"
        search_path.prepend("command-line", folder, SearchPathQuery("schema", None))
    hydra = Hydra.create_main_hydra2(program, search_path)
    try:
        mode = RunMode.MULTIRUN if args.multirun else RunMode.RUN
        cfg = hydra.compose_config(program, args.overrides, run_mode=mode, validate_sweep_overrides=False)
        if not args.multirun and cfg.hydra.mode != RunMode.MULTIRUN:
            parsed = OverridesParser.create().parse_overrides(args.overrides)
            assert isinstance(hydra.config_loader, ConfigLoaderImpl)
            hydra.config_loader.validate_sweep_overrides_legal(parsed, mode, from_shell=True)
        return cfg
    finally:
        GlobalHydra.instance().clear()
