"""The five elements as typed data: reading, checking, showing and compiling them."""
