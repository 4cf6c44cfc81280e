"""The audit log: what was done and by whom, in a Merkle tree over SM3 whose signed heads nobody can take back."""
