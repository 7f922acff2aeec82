import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { createServer, type HtmlTagDescriptor, type Plugin, type Rolldown } from "vite";
import { type TemplateName, templateIds } from "./src/shell/blanks.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const shell = `${root}src/shell/shell.ts`;
const page = `${root}src/main.tsx`;

/** Puts what is on screen first into index.html. */
export const shellTemplates = (): Plugin => ({
  name: "shell-templates",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: async () =>
      Object.entries(await renderTemplates()).map(
        ([name, markup]): HtmlTagDescriptor => ({
          tag: "template",
          attrs: { id: templateIds[name as TemplateName] },
          children: markup,
          injectTo: "body",
        }),
      ),
  },
});

type Modules = Pick<Rolldown.PluginContext, "getModuleInfo">;

/** What a module needs from the start, itself included. */
function neededBy(entry: string, modules: Modules): Set<string> {
  const needed = new Set<string>();
  const follow = (id: string) => {
    if (needed.has(id)) return;
    needed.add(id);
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) follow(imported);
  };
  follow(entry);
  return needed;
}

/**
 * Two scripts for a first visit, the shell and the page, instead of the dozens that they share parts of. The shell's name
 * sorts before the page's: the bundler lets the later one import the earlier one.
 */
export const firstScripts: Rolldown.OutputOptions["codeSplitting"] = {
  groups: [
    {
      debugName: "first scripts",
      name: (id, modules) =>
        neededBy(shell, modules).has(id)
          ? "first-screen"
          : neededBy(page, modules).has(id)
            ? "page"
            : null,
    },
  ],
};

/** By a server of Vite's that listens to nobody: it makes the same names of classes as the build. */
async function renderTemplates(): Promise<Record<TemplateName, string>> {
  const vite = await createServer({
    root,
    configFile: false,
    plugins: [react()],
    appType: "custom",
    logLevel: "warn",
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    return (await vite.ssrLoadModule("/src/shell/templates.tsx")).templates;
  } finally {
    await vite.close();
  }
}
