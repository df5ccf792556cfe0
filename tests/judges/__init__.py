"""Sealed documents before judges that no one here wrote: `make judges`."""
