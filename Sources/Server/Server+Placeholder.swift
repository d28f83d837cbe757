// Server: see ARCHITECTURE.md.
