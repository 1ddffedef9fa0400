"""`python -m rckp`: the command `rckp`."""

import os
import sys

# `-m` puts the current directory in front of the module path: a file `json.py` there must not be
# imported. The interpreter has looked there already; `python -P -m rckp` avoids even that.
if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

try:
    from rckp.cli import main
except KeyboardInterrupt:  # as `main` does
    sys.exit(130)

if __name__ == "__main__":
    main()
