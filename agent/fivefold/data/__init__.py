"""Data that a problem comes with, in files or pasted into its text, kept from the LLM and bound to what it writes."""
