"""What `make interop` runs: tools that no one here wrote follow the ledger, and judge what we call good and bad."""
