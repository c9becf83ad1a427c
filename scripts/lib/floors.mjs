/** The floor of every package, by folder name. An import only ever goes down. */
const FLOORS = {
  core: 0,
  schemas: 0.5,
  'sealed-token': 0.5,
  tracker: 1,
  trace: 1,
  recorder: 1,
  'store-sqlite': 1,
  'store-postgres': 1,
  'store-http': 1,
  provider: 1.5,
  replay: 2,
  client: 2,
  openai: 2,
  anthropic: 2,
  google: 2,
  bedrock: 2,
  'ai-sdk': 2,
  otel: 2,
  'create-runtape': 3,
  server: 3,
  studio: 3,
  vitest: 3,
  cli: 4,
  // The contracts depend on core alone, so every other package can be tested with them.
  testing: 1,
}

const FOR_TESTS = '@runtape/testing'

/**
 * What is wrong with a package's place in the house, one sentence each. `imports` are the modules its
 * shipped sources name; `folders` maps package names to folder names.
 */
export function floorProblems({ folder, manifest, imports, folders }) {
  if (!(folder in FLOORS)) return [`packages/${folder} has no floor: give it one in scripts/lib/floors.mjs.`]
  const runtime = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
  const used = ours([...Object.keys(runtime), ...imports], folders).filter(name => name !== manifest.name)
  return used.flatMap(name => {
    if (name === FOR_TESTS) return [`packages/${folder} uses ${FOR_TESTS} outside its tests.`]
    return isDownward(folder, folders[name]) ? [] : [upward(folder, folders[name])]
  })
}

function ours(names, folders) {
  const bare = names.map(name =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/'),
  )
  return [...new Set(bare)].filter(name => name in folders)
}

function isDownward(from, to) {
  return FLOORS[to] < FLOORS[from]
}

function upward(from, to) {
  return `packages/${from} (floor ${FLOORS[from]}) must not depend on packages/${to} (floor ${FLOORS[to]}).`
}

const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]+)\1/g
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm

/** Every module that a source text imports, statically, dynamically or as a type. */
export function importsOf(source) {
  return [...source.replace(COMMENT, '').matchAll(SPECIFIER)].map(match => match[2])
}
