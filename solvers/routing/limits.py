"""Numbers that stand for none at all."""

NO_ROAD = 2**30
"""An entry of a matrix from which on an arc does not exist."""
NO_LIMIT = 2**40
"""Stands for a window that never closes and for a distance or duration without limit."""
