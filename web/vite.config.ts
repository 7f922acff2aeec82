import { constants } from "node:zlib";
import { Zstd } from "@hpcc-js/wasm-zstd";
import react from "@vitejs/plugin-react";
import { compression, defineAlgorithm } from "vite-plugin-compression2";
import { defineConfig } from "vitest/config";
import { firstScripts, shellTemplates } from "./shellBuild.ts";

const server = { target: "https://localhost:8443", secure: false, changeOrigin: true };

// Node has Zstandard only since 22.15, and every Node version should produce the same build.
const zstd = await Zstd.load();
const zstdLevel = 19;

/** Compressed variants next to each file: the server sends the best one the browser accepts. */
const variants = compression({
  // Not index.html: the server fills it in for each store.
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
  // Everything built goes under /assets/: the server sends index.html for every store's address.
  build: {
    target: ["chrome123", "firefox120", "safari17.5"],
    emptyOutDir: true,
    // Lists the files of a first visit: `make test` checks their size.
    manifest: true,
    // The Content-Security-Policy doesn't allow data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet from the start: otherwise a retried chunk would arrive without its own.
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
