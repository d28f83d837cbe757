// Replica: see ARCHITECTURE.md.
