"""What keeps a store in order: backup, restore, retention."""
