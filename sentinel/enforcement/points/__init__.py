"""Enforcement points that are told: one public class a file."""
