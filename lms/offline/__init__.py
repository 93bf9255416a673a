"""Little data and none: what a person keeps on a device, what was sent later, and the switch that saves data."""
