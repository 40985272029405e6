"""How ``train.py`` and ``synthesize.py`` start: what is wrong with a command is said before anything is made."""

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
from omegaconf import DictConfig

from gtzan.errors import BadValueError, UserError
from gtzan.experiments.configuration.command_line import hydra_words
from gtzan.experiments.configuration.composition import CONF
from gtzan.experiments.configuration.hydra_errors import explained, with_file
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.processes.cpu import prepare_cpu
from gtzan.experiments.processes.exits import exit_with_error, prepare_process
from gtzan.experiments.processes.gpus import check_machine
from gtzan.experiments.processes.launch import check_writable, register_resolvers
from gtzan.experiments.processes.terminal import use_printable_logs


def run_main(main: Callable[[], None]) -> None:
    """Run Hydra's ``main`` with the command line's words, or exit with one sentence about what is wrong with them.

    Hydra makes the run's folder before it calls ``main``, so all that can be known without work is checked here.
    """
    program = Path(sys.argv[0]).stem
    prepare_process()
    prepare_cpu()
    use_printable_logs()
    register_resolvers()
    try:
        sys.argv[1:] = hydra_words(sys.argv[1:], program)
        check_command(program, sys.argv[1:])
    except UserError as error:
        exit_with_error(error)
    main()


def check_command(program: str, words: Sequence[str]) -> None:
    """Compose what the words describe, and check its values; the points of a sweep are checked when it is planned.

    Raises:
        UserError: the first mistake.
    """
    args = get_args_parser().parse_args(words)
    if args.hydra_help or args.experimental_rerun or args.config_path or args.config_name:
        return
    if args.config_dir and not Path(args.config_dir).is_dir():
        raise UserError(f"--config-dir {args.config_dir} is no folder.")
    with explained(program, args.overrides):
        cfg = _composed(program, args)
    shown = args.help or args.cfg or args.info or args.shell_completion
    if shown or args.multirun or cfg.hydra.mode == RunMode.MULTIRUN:
        return
    try:
        validate(cfg)
    except BadValueError as error:
        raise with_file(error, cfg, args.overrides) from error
    check_machine(cfg.trainer)
    if cfg.resume is None:
        check_writable(cfg.runs)  # here, because Hydra makes the run's folder, and answers an error with a traceback


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
