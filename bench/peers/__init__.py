"""Who is measured side by side: other ways to connect the two wires, and ours."""
