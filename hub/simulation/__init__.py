"""People who are not there: devices that speak the real protocol, for a look and for a load."""
