"""The tools, as the model reads of them."""

from pipecat.adapters.llm.schemas.direct_function import DirectFunctionWrapper

from reference.fields import markdown_table
from tools import RECEPTIONIST_TOOLS


def tool_sections() -> str:
    """A heading, the description and the arguments of each tool."""
    return "\n\n".join(_section(DirectFunctionWrapper(tool)) for tool in RECEPTIONIST_TOOLS)


def _section(tool: DirectFunctionWrapper) -> str:
    schema = tool.to_function_schema()
    rows = [
        (
            f"`{name}`",
            str(about.get("type", "")),
            "yes" if name in schema.required else "",
            str(about.get("description", "")),
        )
        for name, about in schema.properties.items()
    ]
    head = f"### `{schema.name}`\n\n{' '.join(schema.description.split())}"
    if not rows:
        return head
    return f"{head}\n\n{markdown_table(('Argument', 'Type', 'Needed', 'Meaning'), rows)}"
