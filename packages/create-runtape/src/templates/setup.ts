import type { StoreTemplate } from './stores.ts'

/** The module that sets Runtape up in an application on Node. */
export function setupModule(
  store: StoreTemplate,
  modules: 'esm' | 'commonjs',
  language: 'ts' | 'js',
): string {
  const isRequired = modules === 'commonjs' && language === 'js'
  const load = (name: string, from: string) =>
    isRequired ? `const { ${name} } = require('${from}')` : `import { ${name} } from '${from}'`
  const imports = [
    load('getRecorder', '@runtape/recorder'),
    load('genaiPrices', '@runtape/recorder/genai-prices'),
    load(store.imported, store.package),
    load('configureTracing', '@runtape/trace'),
    load('createTracker', '@runtape/tracker'),
  ]
  return `${imports.join('\n')}

/** Keeps runs and traces: see them with npx runtape runs, or npx runtape usage. */
${isRequired ? '' : 'export '}const recorder = getRecorder('app', () => ({
  store: ${store.opened},
  prices: genaiPrices(),
}))
configureTracing({ sink: recorder })

/** Counts the model calls in \`work\` as one run, once: await run('support-answer', () => openai.responses.create(…)) */
${runFunction(language, isRequired)}${isRequired ? '\nmodule.exports = { recorder, run }\n' : ''}`
}

function runFunction(language: 'ts' | 'js', isRequired: boolean): string {
  const head =
    language === 'ts'
      ? 'function run<T>(configKey: string, work: () => Promise<T>): Promise<T> {'
      : 'function run(configKey, work) {'
  return `${isRequired ? '' : 'export '}${head}
  return createTracker({ sink: recorder, configKey }).run(work)
}
`
}

/** What Next.js calls once when the server starts. */
export const nextInstrumentation = `export async function register() {
  // The runtime of the edge has no Node.
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./runtape')
}
`
