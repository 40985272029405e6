from gtzan.reports.synthesis_figures import spectrograms_in_words


def test_the_genres_of_the_spectrograms_are_named_and_none_is_promised_that_is_not_there():
    assert spectrograms_in_words(["blues", "pop"], 2).startswith("Spectrograms of blues, pop: of each genre a held-out")
    assert "blues, pop (the first 2 of 10 genres)" in spectrograms_in_words(["blues", "pop"], 10)
