"""Reports in a real browser: they load, open, sound, sort and close, whatever the tracks are called."""

import csv
import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from gtzan.cli.main import main
from gtzan.reports.leaderboard_page import write_leaderboard_page
from gtzan.reports.sweep_report import write_sweep_page
from tests.conftest import EVIL, write_tone
from tests.experiments.test_leaderboard import board

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install -e '.[dev]'")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
PLAYS = """
const [player, done] = arguments;
const look = () => done([player.duration, player.currentTime]);
player.play().then(() => setTimeout(look, 300), error => done(String(error)));
"""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no browser here: apt-get install chromium chromium-driver"
)


@contextmanager
def chromium(*arguments: str):
    """A browser without a window; ``arguments`` are more of its command line."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", *arguments):
        options.add_argument(argument)
    options.add_argument("--autoplay-policy=no-user-gesture-required")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def evil_run(configured, tmp_path_factory) -> Path:
    """A run that learned nothing, on tracks of which names, genres and artists look like HTML."""
    from train import train

    root = tmp_path_factory.mktemp("evil")
    genres = {"low": 110.0, "<b>high": 880.0, "'\"&amp;": 3520.0}
    tracks = [f"{genre}/{EVIL}{i}.wav" for genre in genres for i in range(6)]
    for i, track in enumerate(tracks):
        write_tone(root / track, genres[track.partition("/")[0]], 2.0, seed=i)
    with open(root / "artists.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["track", "artist", "title"])
        table.writerows([track, f"{EVIL}{i}", "</script><script>alert(1)</script>"] for i, track in enumerate(tracks))
    words = ("model=dense", "split=50/50", "lr=1e-9", "epochs=1", "logger=none")
    cfg = configured(*words, f"data.root={root}", "data.groups=artists.csv")
    train(cfg)
    return Path(cfg.run_dir)


@pytest.fixture(scope="module")
def pages(evil_run, sweep_folder) -> list[Path]:
    """A run's page, and a sweep's."""
    return [evil_run / "report.html", write_sweep_page(sweep_folder)]


def opened(browser, page: Path, width: int = 1280):
    """The page, of which no line of the console may speak."""
    browser.get_log("browser")
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page.as_uri())
    return browser


def said(browser) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def cell(browser):
    """A cell of mistakes."""
    return browser.find_element(By.CSS_SELECTOR, "#matrix button:not(.same)")


def test_a_cell_lists_its_tracks_and_escape_closes_it(browser, evil_run):
    opened(browser, evil_run / "report.html")
    button = cell(browser)
    button.click()
    dialog = browser.find_element(By.ID, "cell")
    assert dialog.is_displayed()
    articles = dialog.find_elements(By.TAG_NAME, "article")
    assert len(articles) == int(button.text)
    for article in articles:
        assert EVIL in article.find_element(By.TAG_NAME, "h3").text
        assert "%" in article.text
        labels = [canvas.get_attribute("aria-label") for canvas in article.find_elements(By.TAG_NAME, "canvas")]
        assert len(labels) == 3
        assert all(label.startswith("MFCCs of") for label in labels)
    evidence = articles[0].find_element(By.CLASS_NAME, "evidence")
    assert "speaks for" in evidence.find_element(By.TAG_NAME, "caption").text
    assert len(evidence.find_elements(By.CSS_SELECTOR, ".for, .against")) == 8  # bands in one window
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()
    assert browser.switch_to.active_element == button  # the focus goes back to where it was
    assert said(browser) == []


def test_the_passage_can_be_heard(browser, evil_run):
    opened(browser, evil_run / "report.html")
    cell(browser).click()
    player = browser.find_element(By.CSS_SELECTOR, "#cell audio")
    assert player.get_attribute("aria-label")
    duration, now = browser.execute_async_script(PLAYS, player)
    assert duration == pytest.approx(0.5, abs=0.1)
    assert now > 0
    assert said(browser) == []


def test_names_stay_text(browser, evil_run):
    opened(browser, evil_run / "report.html")
    for button in browser.find_elements(By.CSS_SELECTOR, "#matrix button"):
        button.click()
        assert browser.find_elements(By.CSS_SELECTOR, "img[src=x], #cell script, #cell b, main b") == []
        browser.find_element(By.CSS_SELECTOR, "#cell .close").click()
    assert said(browser) == []
    shown = json.loads(browser.execute_script("return document.getElementById('held-out').textContent"))
    assert all(EVIL in track["name"] for track in shown["tracks"])
    assert browser.execute_script("return document.scripts.length") == 2  # the data, and the page's own


def test_keys_alone_open_a_cell(browser, evil_run):
    opened(browser, evil_run / "report.html")
    buttons = browser.find_elements(By.CSS_SELECTOR, "#matrix button")
    buttons[0].send_keys(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    focused = browser.switch_to.active_element
    assert focused.id in [button.id for button in buttons]
    assert focused.value_of_css_property("outline-style") == "solid"
    focused.send_keys(Keys.ENTER)
    assert browser.find_element(By.ID, "cell").is_displayed()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(browser, pages, width):
    for page in pages:
        opened(browser, page, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    opened(browser, pages[0], width)
    cell(browser).click()
    assert browser.execute_script("return document.getElementById('cell').scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_bars_of_one_value_have_one_length(browser, evil_run, width):
    opened(browser, evil_run / "report.html", width)
    cells = browser.find_elements(By.CSS_SELECTOR, ".genres td[style]")
    lengths = {}  # of bars, by their values
    for cell in cells:
        length = float(cell.value_of_css_property("background-size").partition("px")[0])
        lengths.setdefault(cell.get_attribute("style"), set()).add(length)
        assert length <= cell.rect["width"] + 1
    assert all(len(found) == 1 for found in lengths.values())


@pytest.mark.parametrize("width", [390, 1280])
def test_letters_on_figures_have_one_size_on_every_screen(browser, pages, width):
    opened(browser, pages[0], width)
    images = browser.find_elements(By.CSS_SELECTOR, ".figures img")
    assert images
    scale = "return arguments[0].clientWidth * arguments[0].currentCSSZoom / arguments[0].naturalWidth"
    for image in images:
        assert browser.execute_script(scale, image) == pytest.approx(2 / 3, rel=0.01)


def test_paper_shows_every_column_and_no_player(browser, pages, tmp_path):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for page in [*pages, write_leaderboard_page(tmp_path, board())]:
        opened(browser, page, 680)  # A4 without its margins
        ends = "return [...document.querySelectorAll('table')].map(table => table.getBoundingClientRect().right)"
        assert max(browser.execute_script(ends)) <= 680
        boxes = browser.find_elements(By.CSS_SELECTOR, ".scroll")
        assert {box.value_of_css_property("overflow-x") for box in boxes} == {"visible"}
        assert not any(player.is_displayed() for player in browser.find_elements(By.TAG_NAME, "audio"))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_heading_sorts_by_click_and_by_enter(browser, pages):
    opened(browser, pages[1])

    def column(number: int) -> list[str]:
        cells = browser.find_elements(By.CSS_SELECTOR, f".sortable tbody td:nth-child({number})")
        return [cell.text for cell in cells]

    heading = browser.find_element(By.XPATH, "//th[button[text()='batch_size']]")
    heading.find_element(By.TAG_NAME, "button").click()
    assert column(2) == ["16", "16", "100", "100"]  # as numbers, not as words
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    assert column(2) == ["100", "100", "16", "16"]
    assert heading.get_attribute("aria-sort") == "descending"
    assert EVIL in column(1)
    assert browser.find_elements(By.CSS_SELECTOR, "img[src=x]") == []
    assert said(browser) == []


def test_a_sweeps_page_leads_to_its_points(browser, pages):
    opened(browser, pages[1])
    browser.find_element(By.LINK_TEXT, "seed 1").click()
    assert browser.title == "a point"


def test_it_is_dark_where_people_like_it_dark(browser, evil_run):
    grounds = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        opened(browser, evil_run / "report.html")
        grounds.append(browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
    light, dark = (int(ground.split("(")[1].split(",")[0]) for ground in grounds)
    assert dark < 60 < 200 < light
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture(scope="module", params=[True, pytest.param(False, marks=pytest.mark.slow)], ids=["embedded", "linked"])
def map_page(request, evil_run, tmp_path_factory) -> Path:
    """The map of a folder of tracks whose names look like HTML, with its sound or links to it."""
    songs = tmp_path_factory.mktemp("songs")
    for i in range(4):
        write_tone(songs / f"{EVIL} #{i}.wav", 110 * 3.0**i, 2, seed=i)
    page = songs / "map.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gtzan.reports.track_map_page.MOST_SOUNDS", 250 if request.param else 0)
        assert main(["map", str(songs), "--model", str(evil_run), "--cache", str(songs), "--out", str(page)]) == 0
    return page


def test_a_dot_of_a_map_is_named_and_heard(browser, map_page):
    opened(browser, map_page)
    dots = browser.find_elements(By.CSS_SELECTOR, ".dot")
    assert len(dots) == 4
    webdriver.ActionChains(browser).move_to_element(dots[2]).perform()
    assert EVIL in browser.find_element(By.ID, "tip").text
    dots[2].click()
    assert EVIL in browser.find_element(By.ID, "name").text
    duration, now = browser.execute_async_script(PLAYS, browser.find_element(By.ID, "sound"))
    assert duration == pytest.approx(2, abs=0.2)
    assert now > 0
    assert not browser.find_element(By.ID, "silent").is_displayed()
    assert browser.find_elements(By.CSS_SELECTOR, "img[src=x]") == []
    assert said(browser) == []


def test_keys_alone_reach_every_dot_of_a_map(browser, map_page):
    opened(browser, map_page)
    dots = browser.find_elements(By.CSS_SELECTOR, ".dot")
    (entry,) = browser.find_elements(By.CSS_SELECTOR, '.dot[tabindex="0"]')
    reached = {entry.id}
    entry.send_keys(Keys.ARROW_RIGHT)
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_DOWN) * 4:
        browser.switch_to.active_element.send_keys(key)
        reached.add(browser.switch_to.active_element.id)
    assert reached <= {dot.id for dot in dots}
    assert len(reached) > 2
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.find_element(By.ID, "player").is_displayed()
    assert said(browser) == []


def test_a_map_is_no_wider_than_the_screen(browser, map_page):
    for width in (390, 1280):
        opened(browser, map_page, width)
        browser.find_element(By.CSS_SELECTOR, ".dot").send_keys(Keys.ENTER)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_a_genre_of_a_map_can_be_shown_alone(browser, map_page):
    opened(browser, map_page)
    button = browser.find_element(By.CSS_SELECTOR, "#legend button")
    button.send_keys(Keys.ENTER)
    shown = browser.find_elements(By.CSS_SELECTOR, ".dot:not(.off)")
    assert {dot.get_attribute("data-group") for dot in shown} == {"0"}
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert browser.find_elements(By.CSS_SELECTOR, ".dot.off") == []
