import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = { target: "https://localhost:8443", secure: false, changeOrigin: true };

export default defineConfig({
  plugins: [react()],
  // Everything built goes below /assets/: the server hands out index.html for every store's address.
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    emptyOutDir: true,
    // The policy the page is served under has no room for data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet, there from the start: a part that is fetched again would otherwise come without its own.
    cssCodeSplit: false,
  },
  server: {
    proxy: {
      "/graphql": server,
      "^/stores/[^/]+/pictures/": server,
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
