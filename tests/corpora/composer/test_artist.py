from gtzan.corpora.composer.artist import TRACKS_PER_ARTIST, artist_of, draw_artist
from gtzan.corpora.composer.instruments import program
from gtzan.corpora.composer.song import compose
from gtzan.corpora.composer.styles import STYLES


def test_five_tracks_share_an_artist():
    artists = [artist_of(0, "jazz", index) for index in range(11)]
    assert TRACKS_PER_ARTIST == 5
    assert len({a.name for a in artists}) == 3
    assert artists[0] == artists[4] != artists[5]


def test_no_artist_plays_two_genres():
    owners = {}
    for genre in STYLES:
        for number in range(40):
            assert owners.setdefault(draw_artist(0, genre, number).name, genre) == genre
    assert len(owners) == 400  # and no name is given twice


def test_names_never_run_out():
    assert draw_artist(0, "rock", 5000).name != draw_artist(0, "rock", 5000 % 100).name


def test_an_artists_songs_sound_alike_but_differ():
    first, second = compose(0, "country", 0, 15), compose(0, "country", 1, 15)
    band = {instrument for choices in artist_of(0, "country", 0).band.values() for _, instrument in choices}
    assert {part.instrument for song in (first, second) for part in song.parts} <= band
    assert first.parts[0].notes != second.parts[0].notes
    assert 0.7 < first.tempo / second.tempo < 1.4


def test_hallmarks_are_never_borrowed_and_some_artists_cross_over():
    crossing = 0
    for genre, style in STYLES.items():
        for number in range(20):
            style_of = draw_artist(0, genre, number).style_of
            assert all(style_of[aspect] == genre for aspect in style.hallmarks if aspect in style_of)
            assert set(style_of.values()) <= {genre, *style.neighbours}
            crossing += set(style_of.values()) != {genre}
    assert 20 < crossing < 150


def test_genres_share_instruments():
    played = {
        genre: {program(i) for number in range(10) for c in draw_artist(0, genre, number).band.values() for _, i in c}
        for genre in STYLES
    }
    assert all(any(played[a] & played[b] for b in STYLES if b != a) for a in STYLES)


def test_no_style_uses_an_instrument_that_renders_at_random():
    used = {
        i
        for style in STYLES.values()
        for layers in style.layers.values()
        for layer in layers
        for i in layer.instruments
    }
    assert not used & {"alto sax", "whistle"}


def test_every_instrument_and_pattern_in_the_styles_exists():
    from gtzan.corpora.composer import bass, comping, drums, melody

    for style in STYLES.values():
        for role, layers in style.layers.items():
            for layer in layers:
                assert all(0 <= program(name) <= 127 for name in layer.instruments)
                known = {"drums": drums.GROOVES, "bass": bass.PATTERNS}.get(role, comping.PATTERNS | melody.MANNERS)
                assert layer.pattern in known
