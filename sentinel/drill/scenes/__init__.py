"""Scenes, one a file, found by discovery."""
