"""The pages, one module each: a page model, and the routes that make it."""
