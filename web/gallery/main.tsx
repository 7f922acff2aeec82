import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../src/styles/base.css";
import { groups } from "./entries";
import { GalleryIndex } from "./GalleryIndex";
import { show } from "./show";

const element = document.getElementById("root");
if (!element) throw new Error("index.html has no #root.");

const root = createRoot(element, {
  // By default React logs what an error boundary catches; here that's an entry.
  onCaughtError: () => {},
});
const wanted = new URLSearchParams(window.location.search).get("show");
const entry = groups.flatMap(({ entries }) => entries).find(({ name }) => name === wanted);

if (entry) await show(root, entry);
else {
  root.render(
    <StrictMode>
      <GalleryIndex groups={groups} />
    </StrictMode>,
  );
}
