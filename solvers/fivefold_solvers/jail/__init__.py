"""The inside of the sandbox: what shuts a process in before a solver program runs in it (Linux only).

Standard library and ctypes only, and nothing else of this package, so that any Python can run it.
"""
