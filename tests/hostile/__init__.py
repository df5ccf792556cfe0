"""Files that a stranger hands in to do harm, made by programs: none is kept here."""
