"""How loud both sides of a recording are over time, read off the mu-law bytes. Pure."""

LOUD = bytes(~code & 0x7F for code in range(256))
"""For each byte of mu-law how loud it is, 0 to 127: without its sign it is a logarithm already."""

STRIDE = 4
"""Of so many samples one is looked at: a voice is not quiet in between."""


def loudness(sound: bytes, parts: int) -> tuple[list[int], list[int]]:
    """The loudest sample in each of so many parts, 0 to 127, on the left and on the right.

    Args:
        sound: mu-law, one byte left, one right.
        parts: how many; as many as there are samples at most.
    """
    samples = len(sound) // 2
    parts = min(parts, samples)
    left: list[int] = []
    right: list[int] = []
    for part in range(parts):
        begin, end = samples * part // parts, samples * (part + 1) // parts
        loud = sound[2 * begin : 2 * end].translate(LOUD)
        left.append(max(loud[0 :: 2 * STRIDE]))
        right.append(max(loud[1 :: 2 * STRIDE]))
    return left, right
