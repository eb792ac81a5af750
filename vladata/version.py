"""The version of vladata: alone in a file, so that every layer may import it and setup.cfg can read it."""

__version__ = "0.1.0"
