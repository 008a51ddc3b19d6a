"""The same examples of hypothesis on every run, and Ctrl-C heard by every process under test."""

import signal

from hypothesis import settings

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")

# A shell lets what it starts in the background ignore Ctrl-C, and children inherit that; a handler
# of ours is not inherited, so they begin with the usual behaviour however the tests were started.
signal.signal(signal.SIGINT, signal.default_int_handler)
