"""What `make bench` measures: figures for docs/measurements.md.  Ratios count; the machine is written beside them."""
