"""The task sizes that Fargate offers.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
"""

from collections.abc import Mapping, Sequence

# CPU units → MiB of memory.
MEMORY: Mapping[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}


def offered(memory: Sequence[int]) -> str:
    """Say which sizes in MiB there are: short lists in full, long ones as a range."""
    if isinstance(memory, range) and len(memory) > 4:
        return f"{memory[0]} to {memory[-1]} in steps of {memory.step}"
    return f"{', '.join(map(str, memory[:-1]))} or {memory[-1]}"
