"""The answers of a listener, from the file that a listening page offers at its end."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gtzan.errors import UserError
from gtzan.evaluation.listening.key import Key
from gtzan.files import read_json

DONT_KNOW = None


@dataclass(frozen=True)
class Answers:
    """What one listener answered.

    Attributes:
        listener: a name, perhaps empty.
        seed: drawn by the page for the listener; it made the order of the questions.
        chosen: by question: the genre or ``None`` (don't know) of one clip, the name of one of two clips.
    """

    listener: str
    seed: int
    chosen: Mapping[str, str | None]

    @classmethod
    def of(cls, path: Path, document: Mapping, key: Key) -> "Answers":
        """Check what was read from a file.

        Raises:
            UserError: of another page, incomplete, or not as the page has written it.
        """
        if document.get("page") != key.page:
            raise UserError(f"{path} answers the questions of another page: {document.get('page')}, not {key.page}.")
        chosen: dict[str, str | None] = {}
        try:
            if document.get("checksum") != checksum(document):
                raise UserError(f"{path} was changed after the page had saved it: ask the listener for the original.")
            for entry in document["answers"]:
                question, answer = entry["question"], entry["answer"]
                if question in chosen:
                    raise ValueError(f"{question} is answered twice")
                chosen[question] = _choice(key, question, answer)
            seed, listener = int(document["seed"]), str(document["listener"])
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError) as error:
            raise UserError(f"{path} holds no answers as this page writes them ({error}).") from error
        if missing := len(key.questions) - len(chosen):
            raise UserError(f"{path} is incomplete: {missing} of {len(key.questions)} questions have no answer.")
        return cls(listener.strip(), seed, chosen)


def checksum(document: Mapping) -> str:
    """CRC-32 of the document without its checksum, as the page's script computes it.

    It finds accidents and careless edits. Who wants to deceive can compute it, too.
    """
    content = {name: value for name, value in document.items() if name != "checksum"}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def read_document(path: Path) -> dict:
    """A file of answers, unchecked.

    Raises:
        UserError: it is missing, or no file that a listening page has saved.
    """
    document = read_json(path)
    if document is None and not path.exists():
        raise UserError(f"There is no {path}: name the files that listeners have saved.")
    if document is None or not isinstance(document.get("page"), str):
        raise UserError(f"{path} is no file that a listening page has saved, or damaged.")
    return document


def read_answers(documents: Mapping[Path, Mapping], key: Key) -> list[Answers]:
    """Check the files of all listeners, each of whom counts once.

    Raises:
        UserError: a file that cannot be used, or two of one listener.
    """
    found: dict[Path, Answers] = {path: Answers.of(path, document, key) for path, document in documents.items()}
    for number, (path, answers) in enumerate(found.items()):
        for before, others in list(found.items())[:number]:
            same_name = answers.listener and answers.listener.casefold() == others.listener.casefold()
            if answers.seed == others.seed or same_name:
                raise UserError(f"{before} and {path} are of one listener, who counts once: give one of them.")
    return list(found.values())


def _choice(key: Key, question: str, answer: object) -> str | None:
    """The genre or the clip that an answer stands for; genres are numbered, so that names need no encoding."""
    clips: Sequence[str] = key.questions[question]
    if len(clips) > 1:
        return clips[clips.index(answer)]
    if answer is DONT_KNOW:
        return DONT_KNOW
    if not isinstance(answer, int) or isinstance(answer, bool) or answer < 0:
        raise ValueError(f"{answer!r} is no genre's number")
    return key.genres[answer]
