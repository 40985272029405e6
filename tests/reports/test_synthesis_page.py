import math
import os
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from gtzan.reports.synthesis_report import page
from tests.conftest import EVIL

LABEL = "music composed by gtzan (synthetic music)"
VOID = {"meta", "img", "br", "link", "input", "hr"}
METRICS = {
    "synth/judge_accuracy": 0.75,
    "synth/judge_accuracy_low": 0.6,
    "synth/judge_accuracy_high": 0.9,
    "synth/guide_accuracy": 1.0,
}
REAL = {"real/judge_accuracy": 0.9, "real/frechet": 1.0, "synth/frechet": math.nan, "real/nearest": 0.5}


class Reader(HTMLParser):
    """Every element with its attributes, all text, and whether what was opened was closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements, self.text, self.open = [], "", []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data

    def of(self, tag) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def urls(self) -> list[str]:
        found = [a[key] for _, a in self.elements for key in ("src", "href") if key in a]
        return [url for url in found if not url.startswith("#")]


def sample(genre="classical", number=0, **changes) -> dict:
    name = f"{genre}_{number:02d}"
    files = {"wav": f"{name}.wav", "sound": "data:audio/mpeg;base64,AA==", "picture": "data:image/webp;base64,AA=="}
    heard = {"guide": [(genre, 0.97), ("jazz", 0.02)], "judge": [("jazz", 0.51), (genre, 0.4)]}
    verdicts = {"guide_right": True, "judge_right": False, "nearest": 0.93}
    return {"genre": genre, "number": number} | files | heard | verdicts | changes


def made(samples=None, metrics=METRICS, figures=(("data:,pca", "Tracks in a plane"),), **changes) -> str:
    samples = [sample()] if samples is None else samples
    settings = {"seed": 0, "command": "python synthesize.py genre=classical"}
    synthesis = {"corpus": LABEL, "settings": settings} | metrics | changes
    return page(synthesis, samples, figures, configuration="seed: 0", environment={"torch": "2"})


def test_names_stay_text():
    html = made(
        [sample(EVIL)],
        figures=[("data:,a", f'" onload="{EVIL}')],
        settings={EVIL: EVIL},
        corpus=f"{EVIL} (synthetic music)",
    )
    read = Reader(html)
    assert EVIL not in html
    assert EVIL in read.text
    assert not any(key.startswith("on") for _, attributes in read.elements for key in attributes)
    assert len(read.of("img")) == 2


@pytest.mark.parametrize("genre", [EVIL, 'a "b" #1 ?x=1&y 100%', "javascript:alert(1)", "演歌", "\udcff", "it's"])
def test_samples_without_room_are_linked_beside_the_page(genre):
    html = made([sample(genre), sample(genre, 1, sound=None, picture=None)])
    html.encode()  # no byte that is no text is left
    read = Reader(html)
    assert len(read.of("audio")) == 1
    assert "1 of the samples are linked, not embedded" in read.text
    (url,) = (url for url in read.urls if not url.startswith("data:"))
    assert urlsplit(url)[:2] == ("", "")  # neither scheme nor host
    assert not urlsplit(url).query
    assert not urlsplit(url).fragment
    assert os.path.normpath(unquote(urlsplit(url).path, errors="surrogateescape")) == f"{genre}_01.wav"


def test_the_page_needs_no_network_and_no_other_file():
    html = made(metrics=METRICS | REAL)
    read = Reader(html)
    assert all(url.startswith("data:") for url in read.urls)
    assert "url(" not in html
    assert "@import" not in html
    assert not {"script", "link", "iframe"} & {tag for tag, _ in read.elements}


def test_everything_has_a_name_for_those_who_do_not_see_it():
    read = Reader(made([sample(number=0), sample(number=1)], metrics=METRICS | REAL))
    images, players = read.of("img"), read.of("audio")
    assert len(images) == 3
    assert all(image["alt"].strip() for image in images)
    assert [player["aria-label"] for player in players] == ["classical 00", "classical 01"]
    assert all("controls" in player and player["preload"] == "none" for player in players)
    assert {cell["scope"] for cell in read.of("th")} == {"col", "row", "rowgroup"}
    assert len(read.of("main")) == len(read.of("h1")) == 1
    names = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert all(a["aria-labelledby"] in names for _, a in read.elements if "aria-labelledby" in a)
    landmarks = [a.get("aria-labelledby") for tag, a in read.elements if tag == "section" or a.get("role") == "region"]
    assert len(landmarks) == len(set(landmarks))


def test_verdicts_are_told_in_words():
    text = " ".join(Reader(made()).text.split())
    assert "Judge ✗ wrong jazz 51%, classical 40%" in text
    assert "Guide ✓ correct classical 97%" in text
    assert "judge correct for 0 of 1" in text


def test_the_headline_says_the_accuracies_and_that_the_music_is_synthetic():
    html = made()
    text = " ".join(Reader(html).text.split())
    assert "Judge accuracy on generated waveforms 75.0% 95 % interval 60–90%" in text
    assert "Guide accuracy on generated waveforms 100.0%" in text
    assert text.count(LABEL) == 2  # in the window's title, too
    assert "accuracy is optimistic" in text


def test_real_tracks_are_compared_with_where_they_are():
    text = Reader(made(metrics=METRICS | REAL)).text
    assert "real held-out tracks" in text
    assert "(real tracks: 0.50)" in text
    assert "not on this machine" not in text
    text = Reader(made([sample(nearest=None)])).text
    assert "real held-out tracks" not in text
    assert "Nearest training passage" not in text
    assert "not on this machine" in text


def test_metrics_come_before_the_samples_and_every_section_is_led_to():
    read = Reader(made(metrics=METRICS | REAL))
    names = [attributes.get("id") for _, attributes in read.elements]
    assert names.index("numbers") < names.index("samples") < names.index("figures")
    assert [a["href"] for a in read.of("a")] == ["#numbers", "#samples", "#figures"]
    assert "#figures" not in [a["href"] for a in Reader(made(figures=())).of("a")]


def test_what_is_no_number_is_a_dash():
    html = made([sample(nearest=math.nan)], metrics=METRICS | REAL | {"synth/judge_accuracy": math.nan})
    text = Reader(html).text
    assert "nan%" not in text
    assert "Nearest training passage: —" in text
    assert "—" in text.split("Fréchet")[1]


def test_genres_that_differ_in_case_stay_apart_and_in_order():
    read = Reader(made([sample("Rock"), sample("blues"), sample("rock", 1), sample("Rock", 1)]))
    assert [player["aria-label"] for player in read.of("audio")] == ["Rock 00", "Rock 01", "blues 00", "rock 01"]
    links = [a["href"] for a in read.of("a") if a["href"].startswith("#genre")]
    assert links == [f"#{heading['id']}" for heading in read.of("h3")]


def test_nothing_measured_leaves_the_table_out():
    assert "Numbers" not in Reader(made(metrics={}, figures=())).text
