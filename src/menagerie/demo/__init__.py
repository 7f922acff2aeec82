"""The demo: two stores with their merchants, customers and pets, put in the first time that `menagerie run` starts."""
