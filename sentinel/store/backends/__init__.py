"""Store backends, equals under one contract."""
