"""The domain of disaster relief: what things are and what must hold."""
