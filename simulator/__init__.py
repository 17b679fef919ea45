"""A scripted caller and a scripted model; imports nothing of the product, on purpose."""
