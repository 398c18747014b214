"""Report words that the project does not use, and what proselint finds: `python -m tests.prose`."""

import sys

from tests.prose.house import everything, problems

found = list(problems(everything()))
print("\n".join(found) or "prose: nothing to report", file=sys.stderr if found else sys.stdout)
sys.exit(bool(found))
