"""The Business portal: what an administrator of a company does all year."""
