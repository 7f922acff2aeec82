/** How far the parts of a colour are apart, of 255, before one sees a hue in it. */
const leastSpread = 24;

/** Whether a colour, written as #rrggbb, is black or a grey. */
export function isGrey(colour: string): boolean {
  const parts = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
  return Math.max(...parts) - Math.min(...parts) < leastSpread;
}

/** Gives the page the store's own accent; the tokens make all of its shades from it. Returns how to take it back. */
export function applyAccent(accent: string): () => void {
  const { dataset, style } = document.documentElement;
  dataset.accent = isGrey(accent) ? "grey" : "";
  style.setProperty("--store-accent", accent);
  return () => {
    delete dataset.accent;
    style.removeProperty("--store-accent");
  };
}
