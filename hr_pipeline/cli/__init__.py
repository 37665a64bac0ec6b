"""The commands a person or a script types: `hr-pipeline …`. Arguments in, one operation called, an answer printed.

No rule lives here and no SQL: commands call `operations` and the store's reports, and say what came of it in the reader's language. What is
slow to import (Dagster, pandas, the sandbox) is imported by the command that needs it. May import: `operations`, `adapters`, `domain`, and
lazily `defs.launching` and `sandbox`.
"""

import sys
import warnings


def main() -> None:
    """Entry point of the console script."""
    from hr_pipeline.cli.application import app
    from hr_pipeline.cli.surroundings import claim_process

    claim_process()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries' advice to programmers is not for whoever types a command
    app(prog_name="hr-pipeline")
