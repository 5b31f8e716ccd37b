"""The routes, one module a part of the API; each is thin: it finds what is asked for, has it done, and answers."""
