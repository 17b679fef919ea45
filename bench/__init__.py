"""How much things cost, measured side by side in one run."""
