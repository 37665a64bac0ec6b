"""`python -m hr_pipeline.cli`, for where the console script is not on the path."""

from hr_pipeline.cli import main

main()
