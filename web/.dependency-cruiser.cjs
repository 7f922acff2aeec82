/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "features-stand-alone",
      comment: "Features know nothing of each other; the app puts them together.",
      severity: "error",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: "^src/features/", pathNot: "^src/features/$1/" },
    },
    {
      name: "features-below-app",
      comment: "The app imports features, never the other way round.",
      severity: "error",
      from: { path: "^src/(features|components|graphql)/" },
      to: { path: "^src/(app|shell)/|^src/main" },
    },
    {
      name: "shell-first",
      comment: "The prerendered shell is there before the page and goes away; the page knows nothing of it.",
      severity: "error",
      from: { path: "^src/(app/|main)" },
      to: { path: "^src/shell/" },
    },
    {
      name: "components-without-data",
      comment: "Components show what they are given; they neither fetch nor know the schema.",
      severity: "error",
      from: { path: "^src/components/" },
      to: { path: "^src/(graphql|features)/|^node_modules/(gql\\.tada|@tanstack)/" },
    },
    {
      name: "graphql-at-the-bottom",
      comment: "The layer that talks to the server depends on nothing above it.",
      severity: "error",
      from: { path: "^src/graphql/" },
      to: { path: "^src/(features|components)/" },
    },
    {
      name: "gallery-outside",
      comment: "The gallery shows the storefront; nothing of it is shipped.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^gallery/" },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "A module that nothing imports is dead.",
      severity: "error",
      from: { orphan: true, pathNot: "\\.d\\.ts$|\\.test\\.ts$|\\.css$" },
      to: {},
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "shipped-dependencies-only",
      severity: "error",
      from: { path: "^src", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm-dev"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
      extensions: [".ts", ".tsx", ".d.ts", ".css", ".js", ".mjs"],
    },
  },
};
