"""What needs both the chart and the schedule: who is due for what."""
