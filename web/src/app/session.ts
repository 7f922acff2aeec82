/** When it ends, the server says: the clock of a device may be wrong by days. */
export interface Session {
  email: string;
  /** Stands in for the password, which is kept nowhere. */
  token: string;
}

const keyOf = (slug: string) => `menagerie.session.${slug}`;

const isSession = (value: unknown): value is Session =>
  typeof value === "object" &&
  value !== null &&
  ["email", "token"].every(
    (field) => typeof (value as Record<string, unknown>)[field] === "string",
  );

/** The session of this tab in this store; another tab and another store have their own. */
export function loadSession(slug: string): Session | null {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(keyOf(slug)) ?? "null");
    return isSession(stored) ? stored : null;
  } catch {
    // Storage that can't be read is as good as empty: the customer signs in again.
    return null;
  }
}

export function saveSession(slug: string, session: Session | null): void {
  try {
    if (session) sessionStorage.setItem(keyOf(slug), JSON.stringify(session));
    else sessionStorage.removeItem(keyOf(slug));
  } catch {
    // Without storage the session lasts until the page is loaded again.
  }
}
