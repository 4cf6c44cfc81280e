"""Access: who may do what, people on the console first."""
