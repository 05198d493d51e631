"""The demo site's world and pages: nothing here runs where DEMO is off."""
