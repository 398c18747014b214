"""What runs inside the emulator's process: ministack, what it lacks, and a runtime that makes its tasks real.

Started by `python -m wrapper.sandbox.emulator` in the sandbox's own virtual environment. Only `settings` is
shared with the wrapper; modules that don't import ministack are tested there too.
"""
