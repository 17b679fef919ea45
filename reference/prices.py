"""What the models cost, as receipts reckon."""

from realtime.pricing import TokenPrices, load_prices
from reference.fields import markdown_table


def price_tables() -> str:
    """US dollars for a million tokens of each kind, and for a minute of transcribed audio."""
    prices = load_prices()
    kinds = tuple(TokenPrices.model_fields)
    rows = [
        (f"`{model}`", *(str(getattr(each, kind)) for kind in kinds))
        for model, each in prices.tokens.items()
    ]
    minutes = [(f"`{model}`", str(price)) for model, price in prices.minutes.items()]
    return "\n\n".join(
        (
            f"As of {prices.as_of}, in US dollars for a million tokens:",
            markdown_table(("Model", *(kind.replace("_", " ") for kind in kinds)), rows),
            "And for a minute of the caller's audio that is written down:",
            markdown_table(("Model", "Dollars"), minutes),
        )
    )
