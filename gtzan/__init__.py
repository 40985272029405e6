"""Music genre classification and genre-conditional music generation."""

__version__ = "0.1.0"
