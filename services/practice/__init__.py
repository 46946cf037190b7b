"""The clinic as a practice: schedule, inbox, revenue, growth."""
