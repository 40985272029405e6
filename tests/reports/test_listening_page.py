"""What a listening page tells, and what it keeps to itself."""

import base64
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from gtzan.errors import UserError
from gtzan.evaluation.listening.key import KINDS, Clip, Key
from gtzan.reports import listening_page
from gtzan.reports.listening_page import write_listening_page
from gtzan.synthesis.clips import ListeningTest
from tests.conftest import EVIL
from tests.reports.test_synthesis_page import Reader

RATE = 22050
GENRES = ("polka", EVIL, "tango")


def material(per_genre: int = 1, seconds: float = 0.25, genres=GENRES, seed: int = 0) -> ListeningTest:
    """Tones of different pitches; the first two genres have clips."""
    clips = []
    for genre in genres[:2]:
        for kind in KINDS:
            for _ in range(per_genre):
                tone = 0.1 * np.sin(np.arange(round(seconds * RATE)) * (len(clips) + 1) / 50)
                facts = Clip(kind, genre, f"source-{len(clips)}.wav", genres[2], f"{len(clips):016x}")
                clips.append((facts, tone.astype(np.float32)))
    return ListeningTest("tiny corpus (synthetic music)", genres, RATE, seed, clips)


@pytest.fixture
def written(tmp_path) -> tuple[str, Key]:
    key = write_listening_page(tmp_path, material())
    return (tmp_path / "listening.html").read_text(), key


def test_nothing_in_the_source_tells_what_a_clip_is(written):
    html, key = written
    for clip in key.clips.values():
        assert clip.source not in html
        assert clip.sound not in html
    script = html.rindex("<script>")
    assert not re.search(r"\b(copy|copies|generated|held-out|judge)\b", html[:script].partition("<body>")[2])
    assert html.count("polka") == 1  # to choose from; no clip has it beside it
    (text,) = re.findall(r'<script type="application/json" id="test">(.*?)</script>', html)
    test = json.loads(text)
    assert set(test) == {"page", "sounds", "questions"}
    assert list(test["sounds"]) == sorted(test["sounds"])
    assert list(test["questions"]) == sorted(test["questions"])


def test_sounds_are_lossless_without_tags_and_of_one_length(written):
    html, key = written
    found = re.findall(r"data:audio/flac;base64,([\w+/=]+)", html)
    assert len(found) == len(key.clips)
    waves = []
    for sound in map(base64.b64decode, found):
        with soundfile.SoundFile(io.BytesIO(sound)) as file:
            assert file.copy_metadata() == {}
            waves.append(file.read())
    assert {len(wave) for wave in waves} == {round(0.25 * RATE)}
    assert all(np.abs(wave).max() == pytest.approx(0.1, abs=1e-3) for wave in waves)


def test_it_needs_no_network_and_names_stay_text(written):
    html, _ = written
    page = Reader(html)
    assert EVIL not in html
    assert "synthetic music" in page.text
    assert page.urls == []
    assert "script-src 'sha256-" in html
    assert {attributes.get("type") for attributes in page.of("script")} == {"application/json", None}


def test_the_same_material_makes_the_same_page_and_another_never_replaces_a_key(tmp_path):
    first = write_listening_page(tmp_path, material())
    assert write_listening_page(tmp_path, material()).page == first.page
    with pytest.raises(UserError, match="belongs to another page, whose answers would be lost"):
        write_listening_page(tmp_path, material(seed=1))
    assert Key.read(tmp_path / "listening_key.json") == first


def test_another_sound_makes_another_page():
    test = material()
    one, other = (
        Key.of(test.corpus, test.genres, [replace(c, sound=c.sound + end) for c, _ in test.clips], 0)[0] for end in "ab"
    )
    assert one.page != other.page


def test_a_page_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(listening_page, "LARGEST", 10_000)
    with pytest.raises(UserError, match="ask for fewer clips"):
        write_listening_page(tmp_path, material())
    assert not list(tmp_path.iterdir())
