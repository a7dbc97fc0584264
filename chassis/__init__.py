"""The microservice chassis: what every service stands on, and nothing of any one of them."""
