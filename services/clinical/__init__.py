"""The chart: patients, laboratory results, vital signs, medications, and the rules they follow."""
