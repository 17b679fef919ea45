"""What MkDocs asks while it builds the pages; `mkdocs.yml` names this file."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loguru import logger
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from reference.configuration import settings_table, spa_tables
from reference.prices import price_tables
from reference.stages import diagram, stage_table, stages
from reference.tool_pages import tool_sections

ROOT = Path(__file__).parents[1]

GENERATED: dict[str, Callable[[], str]] = {
    "diagram": lambda: diagram(asyncio.run(stages())),
    "stages": lambda: stage_table(asyncio.run(stages())),
    "settings": settings_table,
    "spa.toml": spa_tables,
    "tools": tool_sections,
    "prices": price_tables,
}
"""What stands in a page as `<!-- from the code: NAME -->`."""

BORROWED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "bench/results/calls.md": "bench/results/calls.md",
    "bench/results/calls.png": "bench/results/calls.png",
}
"""Files outside of docs/ that are pages too, and their place on the site."""


def on_startup(**context: Any) -> None:
    """Be silent about the pipeline that is built to be drawn."""
    logger.disable("pipecat")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the borrowed files."""
    for source, place in BORROWED.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, **context: Any) -> str:
    """Write from the code what is, and let links be those of the site."""
    return with_site_links(with_generated(markdown))


def with_generated(markdown: str) -> str:
    """A page with everything in it that is written from the code."""
    return re.sub(r"<!-- from the code: (\S+) -->", lambda found: GENERATED[found[1]](), markdown)


def with_site_links(markdown: str) -> str:
    """A page whose links, made for the repository, lead to the pages of the site."""
    markdown = markdown.replace("](../README.md", "](index.md")
    return re.sub(r"\]\((?:docs/|\.\./)", "](", markdown)
