import { template } from "./draw";
import { pause } from "./waiting";

const shortestPause = 500;
const longestPause = 15_000;

/** Fetches the page's own code, with retries. */
export async function fetchPage(): Promise<typeof import("../main")> {
  for (let wait = shortestPause; ; wait = Math.min(longestPause, 2 * wait)) {
    try {
      return await import("../main");
    } catch {
      showLateNotice();
      await pause(wait);
    }
  }
}

function showLateNotice(): void {
  const late = template("late");
  const root = document.getElementById("root");
  if (late && root && !root.querySelector("[role=alert]")) root.prepend(late);
}
