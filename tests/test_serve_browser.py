"""The page of ``gtzan serve`` in a real browser: a song is chosen or recorded, and music is heard and rated."""

import json

import pytest

from tests.cli.serving.conftest import music, server, uploads  # noqa: F401
from tests.conftest import EVIL
from tests.test_browser import PLAYS, chromium, pytestmark, said  # noqa: F401

pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install -e '.[dev]'")
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait


@pytest.fixture(scope="module")
def browser():
    # With a microphone that beeps.
    with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as driver:
        yield driver


@pytest.fixture
def page(browser, server):  # noqa: F811
    """A function that waits for an element to say something, and returns it, on a page just opened."""
    browser.get_log("browser")
    browser.get(f"http://127.0.0.1:{server}/")

    def text_of(id_: str) -> str:
        return WebDriverWait(browser, 60).until(lambda _: browser.find_element(By.ID, id_).text)

    return text_of


def test_a_song_is_predicted_and_can_be_heard(browser, page, uploads, tiny_corpus, tmp_path):  # noqa: F811
    song = tmp_path / f"{EVIL}.wav"
    song.write_bytes(tiny_corpus.tracks[0].path.read_bytes())
    browser.find_element(By.ID, "file").send_keys(str(song))
    expected, p = uploads.predict(tiny_corpus.tracks[0].path)["genres"][0]
    assert page("genre") == expected
    assert page("facts") == f"{EVIL}.wav: {p:.0%}"
    assert browser.find_element(By.CSS_SELECTOR, "#rows span").text == expected
    passages = browser.find_elements(By.CSS_SELECTOR, "#passages tr")
    assert len(passages) == 4
    duration, now = browser.execute_async_script(PLAYS, browser.find_element(By.ID, "song"))
    assert duration == pytest.approx(2, abs=0.1)
    assert now > 0
    assert browser.find_elements(By.CSS_SELECTOR, "img[src=x]") == []
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert said(browser) == []


def test_a_broken_file_is_named(browser, page, tmp_path):
    (tmp_path / "song.mp3").write_bytes(b"no audio")
    browser.find_element(By.ID, "file").send_keys(str(tmp_path / "song.mp3"))
    WebDriverWait(browser, 60).until(lambda _: "not readable as audio" in page("status"))
    assert page("status").startswith("song.mp3: ")
    assert not browser.find_element(By.ID, "result").is_displayed()


@pytest.mark.slow
def test_a_prediction_is_explained(browser, page, tiny_corpus):
    browser.find_element(By.ID, "file").send_keys(str(tiny_corpus.tracks[0].path))
    page("genre")
    browser.find_element(By.CSS_SELECTOR, "#why button").click()
    explanation = browser.find_element(By.ID, "explanation")
    WebDriverWait(browser, 60).until(lambda _: explanation.is_displayed())
    assert browser.execute_script("return document.getElementById('picture').naturalWidth") > 1000
    duration, now = browser.execute_async_script(PLAYS, browser.find_element(By.ID, "emphasis"))
    assert duration == pytest.approx(2, abs=0.6)
    assert now > 0
    assert said(browser) == []


@pytest.mark.slow
def test_the_microphone_is_heard(browser, page):
    record = browser.find_element(By.ID, "record")
    record.click()
    WebDriverWait(browser, 60).until(lambda _: page("status") >= "Recording: 0:00.5")
    record.click()
    assert page("genre") in {"bass", "middle", "treble"}
    assert page("facts").startswith("recording.wav: ")
    assert said(browser) == []


@pytest.mark.slow
def test_generated_music_is_heard_and_rated(browser, page, music):  # noqa: F811
    music.run.ratings_file.unlink(missing_ok=True)
    browser.find_element(By.XPATH, "//*[@id='genres']/button[text()='treble']").click()
    assert page("sample-name") == "treble 0"
    duration, now = browser.execute_async_script(PLAYS, browser.find_element(By.ID, "music"))
    assert duration == pytest.approx(10, abs=0.1)
    assert now > 0
    star = browser.find_element(By.XPATH, "//*[@id='stars']/button[text()='4']")
    star.click()
    assert page("music-status") == "The rating is kept."
    assert star.get_attribute("aria-pressed") == "true"
    (kept,) = map(json.loads, music.run.ratings_file.read_text().splitlines())
    assert (kept["genre"], kept["number"], kept["rating"]) == ("treble", 0, 4)
    assert said(browser) == []
