"""A rule-based composer of ten genres, rendered with a General MIDI soundfont.

One way through::

    style ──► artist ──► song (sections, harmony, parts as written) ──► performance (swing, humanising)
                                                                              │
                 recording (equaliser, reverb, noise, level) ◄── stems ◄──────┴──► MIDI file
"""
