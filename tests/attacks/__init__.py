"""Each known way to change a sealed PDF without its readers noticing, made out of a real sealed document."""
