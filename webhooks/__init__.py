"""What Twilio asks over HTTP: one document or one note each."""
