"""The AWS emulator: ministack, patches for what it lacks, and a runtime that really runs its tasks.

`python -m emulator` starts it in the sandbox's own virtual environment. It imports nothing of the wrapper,
and the wrapper nothing of it. What both must know, such as its settings, both contain, and a test compares
them. Modules that don't import ministack are tested in the wrapper's environment.
"""
