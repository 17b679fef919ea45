"""`spaline doctor`: looks at everything that a call needs, and says how to mend it."""
