"""Judging with reward reasoning models: a web app, a command line and a library.

Importing this package takes no torch: the engines import it when a model is loaded.
"""

__version__ = "0.1.0"
