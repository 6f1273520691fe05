"""What programs call: SCIM 2.0 and the REST API."""
