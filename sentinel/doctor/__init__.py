"""What an installation has and lacks: one file a check, found by discovery."""
