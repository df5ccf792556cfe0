"""The proof code: bytes and numbers in, never a request, a row, the clock or the disk."""
