"""Who somebody is: passwords, second factors, scopes of tokens, and the mail about them."""
