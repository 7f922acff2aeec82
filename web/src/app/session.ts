/** Has no expiry: the server decides, because a device's clock may be off by days. */
export interface Session {
  email: string;
  /** Replaces the password, which isn't kept anywhere. */
  token: string;
}

const keyOf = (slug: string) => `menagerie.session.${slug}`;

const isSession = (value: unknown): value is Session =>
  typeof value === "object" &&
  value !== null &&
  ["email", "token"].every(
    (field) => typeof (value as Record<string, unknown>)[field] === "string",
  );

/** This tab's session in this store; other tabs and stores have their own. */
export function loadSession(slug: string): Session | null {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(keyOf(slug)) ?? "null");
    return isSession(stored) ? stored : null;
  } catch {
    // Unreadable storage counts as empty: the customer signs in again.
    return null;
  }
}

export function saveSession(slug: string, session: Session | null): void {
  try {
    if (session) sessionStorage.setItem(keyOf(slug), JSON.stringify(session));
    else sessionStorage.removeItem(keyOf(slug));
  } catch {
    // Without storage, the session lasts until the page is reloaded.
  }
}
