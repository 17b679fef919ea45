"""The stages of the pipeline, one in each file."""
