"""What goes over the wire, as pydantic classes: the OpenAPI document is made from these."""
