"""The settings of a feature extractor: which make sense, and which columns they give."""

from gtzan.errors import UserError

# Of settings, which may come with a checkpoint from elsewhere: what audio needs, and not what fills a memory.
LARGEST = {
    "sample_rate": 384_000,
    "n_fft": 32_768,
    "hop_length": 32_768,
    "n_mels": 1024,
    "n_mfcc": 1024,
    "n_chroma": 120,
}


def check_settings(roll_percent: float = 0.85, tuning: bool = True, **counts: int) -> None:
    """Raises a :class:`UserError` for arguments of a feature extractor that make no sense, or need gigabytes."""
    if unknown := [name for name in counts if name not in LARGEST]:
        raise UserError(f"{unknown[0]} is no setting of the features")
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST[name]:
            raise UserError(f"{name} is a positive whole number up to {LARGEST[name]}, not {value!r}")
    for name in ("sample_rate", "n_fft"):  # the filterbanks and the centring divide both by two
        if counts.get(name, 0) % 2:
            raise UserError(f"{name} is even, not {counts[name]}")
    n_mfcc, n_mels = counts.get("n_mfcc", 1), counts.get("n_mels", 128)
    if n_mfcc > n_mels:
        raise UserError(f"n_mfcc={n_mfcc} is more than n_mels={n_mels}: raise n_mels or lower n_mfcc")
    if not isinstance(roll_percent, float) or not 0 < roll_percent < 1:
        raise UserError(f"roll_percent lies between 0 and 1, not at {roll_percent!r}")


def feature_columns(n_mfcc: int, n_chroma: int) -> dict[str, slice]:
    """Where each feature lies in the last axis."""
    columns, start = {}, 0
    widths = {"mfcc": n_mfcc, "chroma": n_chroma, "spectral_centroid": 1, "spectral_bandwidth": 1}
    for name, width in {**widths, "spectral_rolloff": 1, "zero_crossing_rate": 1}.items():
        columns[name] = slice(start, start + width)
        start += width
    return columns
