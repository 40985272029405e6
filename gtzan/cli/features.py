"""``gtzan features``: build a feature store, or describe one."""

import argparse
import shlex
from pathlib import Path

from gtzan.errors import UserError
from gtzan.experiments.processes.terminal import show
from gtzan.files import read_json


def register(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    build = commands.add_parser(
        "build", help="extract the features of a corpus into a store that can be copied to another machine"
    )
    build.add_argument("root", metavar="ROOT", help="the corpus's folder")
    help_ = "what ROOT holds: GTZAN, ROOT/<genre>/<file>, or the built-in corpus (default: %(default)s)"
    build.add_argument("--data", choices=["gtzan", "folder", "builtin"], default="folder", help=help_)
    build.add_argument("--groups", metavar="CSV", help="with --data folder: who the artists are, or: folders, tags")
    build.add_argument("--name", help="of the corpus, in titles and metrics")
    build.add_argument("--to", metavar="FOLDER", default="data/features", help="default: %(default)s")
    build.add_argument("--n-mfcc", type=int, default=20, metavar="N", help="default: %(default)s")
    build.add_argument(
        "--encoder", metavar="NAME", help="embeddings instead of features: musicnn, or of the Hugging Face hub"
    )
    build.set_defaults(run=_build)

    show = commands.add_parser("show", help="describe a feature store and verify its checksums")
    show.add_argument("store", metavar="STORE", help="the store's folder")
    show.set_defaults(run=_show)


def _build(arguments: argparse.Namespace) -> int:
    from gtzan.audio.encoders.registry import check_encoder, check_settings, encoder_settings
    from gtzan.corpora.recordings import with_recordings

    if arguments.encoder:
        check_encoder(arguments.encoder)
        settings = encoder_settings(arguments.encoder)
    else:
        settings = {"n_mfcc": arguments.n_mfcc}
        check_settings(**settings)
    corpus = with_recordings(_corpus(arguments), arguments.to)

    from gtzan.data.store import FeatureStore
    from gtzan.experiments.sweeps.points import path_override

    store = FeatureStore.of(corpus, settings, arguments.to)
    store.save_corpus()
    show(_description(store))
    model = f"model=probe encoder={settings['encoder']} " if arguments.encoder else ""
    place = shlex.quote(path_override("data.store", store.path))
    show(f"\nUse it, here or on a machine without the audio: python train.py {model}{place}")
    return 1 if store.broken else 0


def _corpus(arguments: argparse.Namespace):
    if arguments.groups and arguments.data != "folder":
        raise UserError("--groups goes with --data folder: the other corpora know their artists.")
    if arguments.data == "gtzan":
        from gtzan.corpora.gtzan import gtzan_corpus

        return gtzan_corpus(arguments.root, arguments.name or "GTZAN")
    if arguments.data == "folder":
        from gtzan.corpora.folder import folder_corpus

        return folder_corpus(arguments.root, arguments.groups, arguments.name)
    return _builtin(Path(arguments.root))


def _builtin(root: Path):
    """The built-in corpus in ``root``."""
    from gtzan.corpora.builtin import builtin_corpus
    from gtzan.corpora.gtzan import is_composed

    if not is_composed(root):
        raise UserError(f"{root} does not hold the built-in corpus: write it with gtzan data compose {root}.")
    settings = read_json(root / "composer.json") or {}
    if not {"seconds", "seed"} <= set(settings):
        raise UserError(f"{root / 'composer.json'} is damaged: choose another folder or delete that one.")
    genres = sorted(folder.name for folder in root.iterdir() if any(folder.glob("*.wav")))
    if not genres:
        raise UserError(f"{root} holds no finished track: go on with gtzan data compose {root}.")
    tracks_per_genre = min(len(list((root / genre).glob("*.wav"))) for genre in genres)
    return builtin_corpus(root, tracks_per_genre, settings["seconds"], settings["seed"], genres)


def _show(arguments: argparse.Namespace) -> int:
    from gtzan.data.store import FeatureStore

    show(_description(FeatureStore.open(arguments.store)))
    return 0


def _description(store) -> str:
    """What a store holds; it was checked when it was opened."""
    corpus = store.corpus
    hours = store.lengths.sum() * store.settings["hop_length"] / store.settings["sample_rate"] / 3600
    size = sum(file.stat().st_size for file in store.path.iterdir() if file.is_file())
    genres = [track.genre for track in corpus.tracks]
    facts = {
        "store": store.path,
        "key": store.path.name.rpartition("-")[2],
        "corpus": corpus.label,
        "audio": f"{corpus.root} ({'here' if any(t.path.exists() for t in corpus.tracks) else 'not on this machine'})",
        "tracks": f"{len(corpus.tracks)}, {hours:.2f} hours",
        "genres": ", ".join(f"{genre} ({genres.count(genre)})" for genre in corpus.genres),
        "features": ", ".join(f"{name} ({stop - start})" for name, (start, stop) in store.columns.items()),
        "settings": ", ".join(f"{name}={value}" for name, value in store.settings.items()),
        "size": f"{size / 2**20:.1f} MiB",
        "checksums": "match",
        "broken": len(store.broken) or "none",
    }
    lines = [f"{name:<10} {value}" for name, value in facts.items()]
    return "\n".join([*lines, *(f"           {name}: {reason}" for name, reason in store.broken.items())])
