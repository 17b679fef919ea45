"""`python -m bench`: what the booking desk costs as the book grows."""

import typer

from bench.booking import FULL_SIZES, SIZES, run


def main(
    full: bool = typer.Option(False, help="Go up to a million appointments; takes minutes."),
) -> None:
    """Print the tables; the growth from the smallest to the largest book is the figure."""
    run(FULL_SIZES if full else SIZES)


if __name__ == "__main__":
    typer.run(main)
