const keyOf = (slug: string) => `menagerie.devices.${slug}`;

/** As many as the server checks: several people may sign in with one browser. */
const maxDevices = 3;

/** The device values this browser got when customers signed in to the store, newest first. */
export function loadDevices(slug: string): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(slug)) ?? "[]");
    return Array.isArray(stored) ? stored.filter((each) => typeof each === "string") : [];
  } catch {
    // Unreadable storage counts as empty: this browser is a stranger, as it was at first.
    return [];
  }
}

/** Keeps the server's value for this browser. It names no customer and can't be used to sign in. */
export function saveDevice(slug: string, device: string): void {
  try {
    const devices = [device, ...loadDevices(slug)].slice(0, maxDevices);
    localStorage.setItem(keyOf(slug), JSON.stringify(devices));
  } catch {
    // Without storage, this browser stays a stranger.
  }
}
