import { constants } from "node:zlib";
import { Zstd } from "@hpcc-js/wasm-zstd";
import react from "@vitejs/plugin-react";
import { compression, defineAlgorithm } from "vite-plugin-compression2";
import { defineConfig } from "vitest/config";
import { firstScripts, shellTemplates } from "./shellBuild.ts";

const server = { target: "https://localhost:8443", secure: false, changeOrigin: true };

// Node compresses in Zstandard from 22.15 on only, and the same build should come out of every Node.
const zstd = await Zstd.load();
const zstdLevel = 19;

/** Beside each file its variants, as small as they get: the server hands out the best that a browser takes. */
const variants = compression({
  // Not index.html: the server makes every store's own of it.
  include: /\.(css|js|svg)$/,
  algorithms: [
    defineAlgorithm("brotliCompress", { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    defineAlgorithm(async (content) => Buffer.from(zstd.compress(content as Buffer, zstdLevel))),
    defineAlgorithm("gzip", { level: 9 }),
  ],
  filename: (_file, { algorithm }) =>
    `[path][base].${algorithm === "gzip" ? "gz" : algorithm === "brotliCompress" ? "br" : "zst"}`,
});

export default defineConfig({
  plugins: [react(), shellTemplates(), variants],
  // Everything built goes below /assets/: the server hands out index.html for every store's address.
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    emptyOutDir: true,
    // Says which files a visit begins with: `make test` weighs them.
    manifest: true,
    // The policy the page is served under has no room for data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet, there from the start: a part that is fetched again would otherwise come without its own.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: firstScripts } },
  },
  server: {
    proxy: {
      "/graphql": server,
      "^/stores/[^/]+/pictures/": server,
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
