"""``python -m gtzan`` is the command ``gtzan``."""

import sys

from gtzan.cli.main import main

sys.exit(main())
