// Report: see ARCHITECTURE.md.
