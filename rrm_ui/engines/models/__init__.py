"""Models: the catalogue, and how one of them gets from its name into memory.

``load.load_model`` gives a model to judge with, ``fetch.fetch_model`` a plain ``transformers`` folder. Importing this
package takes no torch; those two modules do.
"""

import logging

# On import bitsandbytes advises to install a package that fetches code from the network; the CPU path runs without.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
