"""Music as played: swing, human timing and dynamics, and the way into symusic's scores."""

from dataclasses import dataclass

import numpy as np
from symusic.core import ControlChangeTick, NoteTick, ScoreTick, TempoTick, TimeSignatureTick, TrackTick

from gtzan.corpora.composer.instruments import program
from gtzan.corpora.composer.score import Note, Part, Song

TICKS = 480  # per beat

# symusic 0.5.9 never returns from notes that transpose a sample too far up: a guitar's from 93 on. No genre needs them.
HIGHEST_PITCH = 88


@dataclass(frozen=True)
class Feel:
    """A band's way of playing.

    Attributes:
        timing: standard deviation of onsets, milliseconds.
        dynamics: standard deviation of velocities.
        lag: how far behind the beat the lead plays, milliseconds.
        rubato: how far the beat bends over a phrase of 16 beats, beats.
    """

    timing: float
    dynamics: float
    lag: float
    rubato: float = 0.0


def swung(beat: np.ndarray, swing: float, unit: float) -> np.ndarray:
    """Move what falls within each ``unit`` (beats) so that its middle comes at the fraction ``swing`` of it."""
    whole, fraction = np.divmod(beat / unit, 1.0)
    bent = np.where(fraction < 0.5, fraction * 2 * swing, swing + (fraction - 0.5) * 2 * (1 - swing))
    return (whole + bent) * unit


def play(song: Song, feel: Feel, rng: np.random.Generator) -> list[list[Note]]:
    """The notes of every part of the song as played, in beats, velocities whole numbers from 1 to 127."""
    per_ms = song.tempo / 60_000
    played: list[list[Note]] = []
    for part in song.parts:
        if not part.notes:
            played.append([])
            continue
        start, length, _, velocity = np.array(part.notes, dtype=float).T
        end = swung(start + length, song.swing, song.swing_unit)
        start = swung(start, song.swing, song.swing_unit)
        length = np.maximum(end - start, 0.05)
        # Notes written together stay nearly together: a chord is one movement of one hand.
        moment = np.unique(start, return_inverse=True)[1]
        late = rng.normal(0, feel.timing * per_ms, moment.max() + 1)[moment]
        start = start + late + (feel.lag * per_ms if part.role == "lead" else 0)
        start += feel.rubato * np.sin(2 * np.pi * start / 16)
        velocity = np.clip(np.round(velocity + rng.normal(0, feel.dynamics, len(velocity))), 20, 127)
        notes = zip(np.maximum(start, 0), length, (n.pitch for n in part.notes), velocity, strict=True)
        played.append([Note(*note) for note in notes])
    return played


def score(song: Song, parts: list[tuple[Part, list[Note]]]) -> ScoreTick:
    """A symusic score in ticks of the given parts as played."""
    out = ScoreTick(TICKS)
    out.tempos.append(TempoTick(0, qpm=song.tempo))
    out.time_signatures.append(TimeSignatureTick(0, song.sections[0].bars[0].beats, 4))
    for part, notes in parts:
        track = TrackTick(
            name=f"{part.role}: {part.instrument}", program=program(part.instrument), is_drum=part.is_drums
        )
        # MIDI players read the mix from the channel volume (100 is the nominal level); the renderer here ignores it.
        volume = int(np.clip(round(100 * 10 ** (part.gain / 40)), 1, 127))
        track.controls.append(ControlChangeTick(0, 7, volume))
        for note in notes:
            ticks = max(round(note.length * TICKS), 1)
            octaves_down = max(-(-(note.pitch - HIGHEST_PITCH) // 12), 0)
            pitch = note.pitch - 12 * octaves_down
            track.notes.append(NoteTick(round(note.start * TICKS), ticks, int(pitch), int(note.velocity)))
        out.tracks.append(track)
    return out
