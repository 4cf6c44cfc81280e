"""Where people, programs and collectors come in: the web server, and the mutual TLS of collectors."""
