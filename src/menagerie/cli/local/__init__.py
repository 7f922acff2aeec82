"""What `menagerie run` does besides the embedded servers: the HTTP server as a child, Vite, and the greeting."""
