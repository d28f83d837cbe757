// Measure: see ARCHITECTURE.md.
