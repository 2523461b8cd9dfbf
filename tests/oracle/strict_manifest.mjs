// Checks cloud assemblies more strictly than the CDK reads them: against its published schema, with no key it does
// not know, and with every file that is named really there.
// usage: node strict_manifest.mjs FOLDER_WITH_NODE_MODULES ASSEMBLY...
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const [home, ...assemblies] = process.argv.slice(2);
const require = createRequire(join(resolve(home), "package.json"));
const Ajv = require("ajv").default;
const schemas = join(dirname(require.resolve("@aws-cdk/cloud-assembly-schema/package.json")), "schema");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

// The schema lets objects have unknown keys, which the CDK ignores: here they are typing mistakes.
const closed = (schema) =>
  JSON.parse(JSON.stringify(schema), (_, node) =>
    node?.type === "object" && node.properties && node.additionalProperties === undefined
      ? { ...node, additionalProperties: false }
      : node,
  );
const compile = ({ definitions }, name) =>
  new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile({
    definitions,
    $ref: `#/definitions/${name}`,
  });

const manifestSchema = read(join(schemas, "cloud-assembly.schema.json"));
const assetSchema = read(join(schemas, "assets.schema.json"));
const isManifest = compile(manifestSchema, "AssemblyManifest");
const isAssets = compile(closed(assetSchema), "AssetManifest");
const propertiesOf = Object.fromEntries(
  Object.entries({
    "aws:cloudformation:stack": "AwsCloudFormationStackProperties",
    "cdk:asset-manifest": "AssetManifestProperties",
    "cdk:tree": "TreeArtifactProperties",
    "cdk:cloud-assembly": "NestedCloudAssemblyProperties",
  }).map(([type, name]) => [type, compile(closed(manifestSchema), name)]),
);

const faults = (validate, value) =>
  validate(value) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);

/** Everything wrong with one assembly, each as a line. */
function check(folder) {
  const manifest = read(join(folder, "manifest.json"));
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const wrong = faults(isManifest, manifest).map((fault) => `manifest${fault}`);
  if (!artifacts.some(([, { type }]) => type === "aws:cloudformation:stack" || type === "cdk:cloud-assembly")) {
    wrong.push("no stacks");
  }
  for (const [id, artifact] of artifacts) {
    wrong.push(...checkArtifact(folder, manifest.artifacts, artifact).map((fault) => `${id}: ${fault}`));
  }
  return wrong;
}

function checkArtifact(folder, all, { type, properties = {}, dependencies = [], environment, ...rest }) {
  if (!propertiesOf[type]) return [`unknown artifact type ${type}`];
  const wrong = faults(propertiesOf[type], properties).map((fault) => `properties${fault}`);
  wrong.push(...dependencies.filter((id) => !(id in all)).map((id) => `dependency ${id} is not an artifact`));
  const file = (name) => {
    const there = typeof name === "string" && existsSync(join(folder, name));
    if (!there) wrong.push(`file ${name} is missing`);
    return there;
  };
  if (rest.metadata === undefined && rest.additionalMetadataFile) file(rest.additionalMetadataFile);
  if (type === "aws:cloudformation:stack") {
    if (!/^aws:\/\/[^/]+\/[^/]+$/.test(environment ?? "")) wrong.push(`environment ${environment}`);
    if (file(properties.templateFile) && !read(join(folder, properties.templateFile)).Resources) {
      wrong.push(`template ${properties.templateFile} has no resources`);
    }
  } else if (type === "cdk:asset-manifest") {
    if (file(properties.file)) wrong.push(...checkAssets(folder, read(join(folder, properties.file))));
  } else if (type === "cdk:tree") {
    if (file(properties.file)) read(join(folder, properties.file));
  } else if (type === "cdk:cloud-assembly") {
    if (file(properties.directoryName)) wrong.push(...check(join(folder, properties.directoryName)));
  }
  return wrong;
}

function checkAssets(folder, manifest) {
  const wrong = faults(isAssets, manifest).map((fault) => `assets${fault}`);
  for (const [id, { source }] of Object.entries({ ...manifest.files, ...manifest.dockerImages })) {
    const path = source.path ?? source.directory;
    if (path !== undefined && !existsSync(resolve(folder, path))) wrong.push(`asset ${id}: ${path} is missing`);
  }
  return wrong;
}

const wrong = assemblies.flatMap((folder) => check(folder).map((fault) => `${folder}: ${fault}`));
if (!assemblies.length) wrong.push("usage: node strict_manifest.mjs FOLDER_WITH_NODE_MODULES ASSEMBLY...");
console.log(wrong.join("\n") || "nothing wrong");
process.exitCode = wrong.length ? 1 : 0;
