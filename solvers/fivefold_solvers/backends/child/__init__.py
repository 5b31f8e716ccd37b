"""What runs in the worker processes: the only modules that load a solver library, one library a process."""
