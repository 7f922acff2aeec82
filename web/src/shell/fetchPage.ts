import { template } from "./draw";
import { pause } from "./waiting";

const shortestPause = 500;
const longestPause = 15_000;

/** The page itself, however often it has to be asked for. */
export async function fetchPage(): Promise<typeof import("../main")> {
  for (let wait = shortestPause; ; wait = Math.min(longestPause, 2 * wait)) {
    try {
      return await import("../main");
    } catch {
      sayLate();
      await pause(wait);
    }
  }
}

function sayLate(): void {
  const late = template("late");
  const root = document.getElementById("root");
  if (late && root && !root.querySelector("[role=alert]")) root.prepend(late);
}
