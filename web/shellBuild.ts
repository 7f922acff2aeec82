import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { createServer, type HtmlTagDescriptor, type Plugin, type Rolldown } from "vite";
import { type TemplateName, templateIds } from "./src/shell/blanks.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const shell = `${root}src/shell/shell.ts`;
const page = `${root}src/main.tsx`;

/** Puts the prerendered shell's templates into index.html. */
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

/** A module and everything that it imports statically. */
function staticImports(entry: string, modules: Modules): Set<string> {
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
 * Two scripts for a first visit, the shell and the page, instead of dozens of shared chunks. The
 * shell's name sorts first, because the bundler lets the later one import the earlier one.
 */
export const firstScripts: Rolldown.OutputOptions["codeSplitting"] = {
  groups: [
    {
      debugName: "first scripts",
      name: (id, modules) =>
        staticImports(shell, modules).has(id)
          ? "first-screen"
          : staticImports(page, modules).has(id)
            ? "page"
            : null,
    },
  ],
};

/** Uses a Vite server without a port, which generates the same class names as the build. */
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
