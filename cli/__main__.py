"""`python -m cli`: the same as `spaline`."""

from cli import app

app(prog_name="spaline")
