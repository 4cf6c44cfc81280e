"""The policy information point: what is known of terminals, resources and trust."""
