"""`python -m obverse` is the `obverse` command."""

from .cli import main

main()
