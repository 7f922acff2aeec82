"""The demo: two stores with their merchants, customers and pets, added the first time that `menagerie run` starts."""
