export interface Credentials {
  store: string;
  email: string;
  /** The account's password, or the token it was exchanged for. */
  secret: string;
}

/** HTTP Basic in UTF-8 (RFC 7617): `btoa` only takes Latin-1. */
export function basicAuthorization({ store, email, secret }: Credentials): string {
  const bytes = new TextEncoder().encode(`${store}/${email}:${secret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
