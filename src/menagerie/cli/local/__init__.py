"""What `menagerie run` does beside the embedded servers: the HTTP server as a child, Vite, and the greeting."""
