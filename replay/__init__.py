"""`spaline replay`: a captured call against today's code, in virtual time."""
