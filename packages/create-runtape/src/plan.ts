import { posix } from 'node:path'
import { RuntapeError } from '@runtape/core'
import { installCommands } from './project/package-manager.ts'
import type { Project } from './project/project.ts'
import { nextInstrumentation, setupModule } from './templates/setup.ts'
import { type StoreChoice, stores } from './templates/stores.ts'
import { workersModule } from './templates/workers.ts'
import type { NewFile } from './write-files.ts'

export interface PlanOptions {
  /** Where records go. Default: a file; for Workers a server, which is the only choice there. */
  readonly store?: StoreChoice | undefined
}

/** What adds Runtape to an application. */
export interface Plan {
  readonly files: readonly NewFile[]
  /** Commands that install the packages. */
  readonly install: readonly string[]
  /** What is left for a person, one sentence each. */
  readonly steps: readonly string[]
}

/** @throws {RuntapeError} `invalid-option` for a store that the runtime cannot use */
export function planFor(project: Project, { store = defaultStore(project) }: PlanOptions = {}): Plan {
  if (project.framework === 'workers' && store !== 'server')
    throw new RuntapeError(
      'invalid-option',
      `A Worker has no disk, so its records go to a Runtape server: use the store "server" (got "${store}").`,
    )
  const files = filesFor(project, store)
  return {
    files,
    install: installCommands(
      project.manager,
      missing(project, packagesFor(project, store)),
      missing(project, ['runtape']),
    ),
    steps: stepsFor(project, store, files[0]?.path ?? ''),
  }
}

const defaultStore = ({ framework }: Project): StoreChoice => (framework === 'workers' ? 'server' : 'file')

const missing = ({ installed }: Project, names: readonly string[]): readonly string[] =>
  names.filter(name => !installed.has(name))

function packagesFor({ framework, sdks }: Project, store: StoreChoice): readonly string[] {
  const own = framework === 'workers' ? ['@runtape/core'] : ['@runtape/recorder', '@pydantic/genai-prices']
  const shared = ['@runtape/trace', '@runtape/tracker', stores[store].package]
  return [...own, ...shared, ...sdks.map(({ ours }) => ours)].sort()
}

function filesFor(project: Project, store: StoreChoice): readonly NewFile[] {
  const { framework, language, modules, sources } = project
  const at = (name: string) => posix.join(sources, name)
  if (framework === 'workers') return [{ path: at(`runtape.${language}`), text: workersModule(language) }]
  const setup = { path: at(`runtape.${language}`), text: setupModule(stores[store], modules, language) }
  if (framework !== 'next') return [setup]
  return [setup, { path: at(`instrumentation.${language}`), text: nextInstrumentation }]
}

function stepsFor(project: Project, store: StoreChoice, setup: string): readonly string[] {
  return [
    ...clientSteps(project),
    `Count a run: ${importOf(project, setup)}, then await run('support-answer', () => …) around the calls of one answer.`,
    ...hostSteps(project, store),
    lookStep(store),
  ]
}

const importOf = ({ modules, language }: Project, setup: string): string =>
  modules === 'commonjs' && language === 'js'
    ? `const { run } = require('…/${setup}')`
    : `import { run } from '…/${setup}'`

function hostSteps({ framework }: Project, store: StoreChoice): readonly string[] {
  const { step } = stores[store]
  const ofStore = step === undefined ? [] : [step]
  if (framework === 'workers')
    return [...ofStore, 'At the end of each request: context.waitUntil(sendRecords(env)).']
  if (framework !== 'next') return ofStore
  return [
    ...ofStore,
    'On Vercel, where a function freezes after its answer: after(flushTracing), from @runtape/trace.',
  ]
}

/** A server is asked about itself by `runtape health`, and not by the doctor. */
function lookStep(store: StoreChoice): string {
  const { flag } = stores[store]
  const check = store === 'server' ? '' : ` Nothing there? npx runtape doctor${flag}.`
  return `Look at it: npx runtape usage${flag}.${check}`
}

const maxPlaces = 10

function clientSteps({ places, sdks }: Project): readonly string[] {
  if (sdks.length === 0)
    return [
      'No SDK of a model is in package.json. Install one, such as openai, then run this again for its package.',
    ]
  const lines = places
    .slice(0, maxPlaces)
    .map(({ file, line, sdk }) => `${file}:${line}: write ${sdk.instead}, from ${sdk.ours}.`)
  const hidden = places.length - lines.length
  const more = hidden > 0 ? [`${hidden} more places make clients or call models in the same way.`] : []
  const unseen = sdks.filter(sdk => !places.some(place => place.sdk === sdk))
  return [
    ...lines,
    ...more,
    ...unseen.map(({ name, ours, instead }) => `Where you use ${name}: write ${instead}, from ${ours}.`),
  ]
}
