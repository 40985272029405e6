"""Sweeps: what defines a point, which points are left to do, doing them, and the table at the end."""
