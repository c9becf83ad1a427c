import type { NewFile } from '../write-files.ts'
import { hosts, type ModelChoice } from './hosts.ts'
import { setupModule } from './setup.ts'
import { type StoreChoice, stores } from './stores.ts'

/** The files of a new application. */
export function applicationFiles(name: string, model: ModelChoice, store: StoreChoice): readonly NewFile[] {
  return [
    { path: 'package.json', text: manifest(name) },
    { path: '.gitignore', text: 'node_modules\nruntape.db*\n.env\n' },
    { path: 'runtape.ts', text: setupModule(stores[store], 'esm', 'ts') },
    { path: 'answer.ts', text: hosts[model].answer },
    { path: 'app.ts', text: app },
  ]
}

const manifest = (name: string): string =>
  `${JSON.stringify(
    {
      name,
      private: true,
      type: 'module',
      engines: { node: '>=22.13' },
      scripts: { start: `node ${nodeFlags(process.versions.node)} app.ts` },
    },
    undefined,
    2,
  )}\n`

/** Node strips types from 22.18 on, and before if it is asked to. */
export function nodeFlags(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const strips = major > 22 || (major === 22 && minor >= 18)
  return `--disable-warning=ExperimentalWarning${strips ? '' : ' --experimental-strip-types'}`
}

const app = `import { answer } from './answer.ts'
import { recorder, run } from './runtape.ts'

console.log(await run('support-answer', () => answer('What time is it?')))
await recorder.close()
`
