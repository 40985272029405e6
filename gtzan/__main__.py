"""``python -m gtzan`` is the command ``gtzan``."""

import sys

from gtzan.cli import main

sys.exit(main())
