"""The command `fivefold`: what is typed, what is shown while it runs, and what is left behind."""
