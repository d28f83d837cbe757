// Znodes: see ARCHITECTURE.md.
