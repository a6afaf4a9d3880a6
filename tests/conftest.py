"""How generated tests run: never by the clock; the same examples each time in CI, others each time elsewhere."""

import os

from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=os.environ.get("CI") == "true", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
