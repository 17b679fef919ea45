import re
from inspect import getsource
from pathlib import Path

import bot
from reference.stages import diagram, stage_table, stages
from telephony.transport import MediaStreamInput, MediaStreamOutput

ROOT = Path(__file__).parents[2]


async def test_the_diagram_has_every_stage_of_the_pipeline_in_order() -> None:
    found = await stages()
    names = re.findall(r'text-anchor="middle">(\w+)<', diagram(found))
    assert names == [stage.kind.__name__ for stage in found]
    assert names[0] == MediaStreamInput.__name__
    # What the source of the list names, in its order, is what the pipeline was built of.
    source = getsource(bot.build_pipeline)
    written = re.findall(r"^ {12}(?:\*\(?\[)?(\w+Processor)\(", source, re.MULTILINE)
    assert [name for name in names if name in written] == written


async def test_the_ends_of_the_line_and_the_model_are_drawn_where_they_are() -> None:
    found = await stages()
    assert [stage.outside for stage in found if stage.outside] == [
        "caller, by Twilio →",
        "model ↔",
        "← caller, by Twilio",
    ]


async def test_the_table_tells_what_a_stage_does_and_where_it_is() -> None:
    rows = stage_table(await stages()).splitlines()[2:]
    (gaps,) = (row for row in rows if "CallerGapProcessor" in row)
    assert "Puts silence where the caller's audio has a hole. | caller's |" in gaps
    assert [path for row in rows for path in re.findall(r"`([\w/]+\.py)`", row)]
    (output,) = (row for row in rows if MediaStreamOutput.__name__ in row)
    assert "| agent's |" in output
