"""``python -m rrm_ui``."""

import sys

from rrm_ui.cli import main

sys.exit(main())
