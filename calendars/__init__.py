"""Appointments in people's own calendars: a file for the customer, feeds for the house."""
