/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "features-stand-alone",
      comment: "Features don't import each other; the app combines them.",
      severity: "error",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: "^src/features/", pathNot: "^src/features/$1/" },
    },
    {
      name: "features-below-app",
      comment: "The app imports features, never the reverse.",
      severity: "error",
      from: { path: "^src/(features|components|graphql)/" },
      to: { path: "^src/(app|shell)/|^src/main" },
    },
    {
      name: "shell-first",
      comment: "The page replaces the prerendered shell and doesn't depend on it.",
      severity: "error",
      from: { path: "^src/(app/|main)" },
      to: { path: "^src/shell/" },
    },
    {
      name: "components-without-data",
      comment: "Components show their props; they don't fetch and don't know the schema.",
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
      comment: "The gallery shows the storefront and isn't shipped.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^gallery/" },
    },
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "A module that nothing imports is dead code.",
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
