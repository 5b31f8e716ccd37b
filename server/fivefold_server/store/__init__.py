"""Everything that the server keeps, in one SQLite file: problems, versions, runs, events, files, accounts.

Each module has the plain functions of one kind of object. They take a connection first and run inside a
transaction of `Database`; whoever asks for an object says whose it must be.
"""
