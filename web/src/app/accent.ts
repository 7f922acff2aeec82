/** Gives the page the store's own accent; the tokens make all of its shades from it. Returns how to take it back. */
export function applyAccent(accent: string): () => void {
  const { dataset, style } = document.documentElement;
  dataset.accent = "";
  style.setProperty("--store-accent", accent);
  return () => {
    delete dataset.accent;
    style.removeProperty("--store-accent");
  };
}
