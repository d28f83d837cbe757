// Targets: see ARCHITECTURE.md.
