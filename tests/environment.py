"""The environment tests run in, set before Django reads its settings (a plugin, since pytest-django starts that early)."""

import os

# A test must not depend on what the caller's shell happens to hold.
for name in [name for name in os.environ if name.startswith("CONFLICTDB_") and name != "CONFLICTDB_DATA_DIR"]:
    del os.environ[name]
os.environ["CONFLICTDB_SECRET_KEY"] = "a key for tests only, long enough for Django's own check of it"
os.environ["CONFLICTDB_THROTTLE"] = "1000000/min"
