/** How far apart the channels must be, of 255, for a visible hue. */
const leastSpread = 24;

/** Whether a colour, written as #rrggbb, is black or grey. */
export function isGrey(colour: string): boolean {
  const parts = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
  return Math.max(...parts) - Math.min(...parts) < leastSpread;
}

/** Applies the store's accent; the tokens derive its shades from it. Returns an undo function. */
export function applyAccent(accent: string): () => void {
  const { dataset, style } = document.documentElement;
  dataset.accent = isGrey(accent) ? "grey" : "";
  style.setProperty("--store-accent", accent);
  return () => {
    delete dataset.accent;
    style.removeProperty("--store-accent");
  };
}
