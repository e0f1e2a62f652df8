"""Judging with reward reasoning models: a web app, a command line and a library.

Importing this package takes no torch: the engines import it when a model is loaded.
"""

import os

# Read by torch at its first allocation: large tensors lie in huge pages, and a step on a CPU, which reads every weight,
# is a tenth faster.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

__version__ = "0.1.0"
