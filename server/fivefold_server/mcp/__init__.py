"""Tools for agents: the Model Context Protocol over the server's own address and over standard input and output."""
