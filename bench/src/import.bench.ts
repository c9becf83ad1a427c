// What importing the packages of an application takes, over importing one file that a bundler made of the same packages, each in
// new processes, in turn; medians of the rounds. `ROUNDS=15`.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const rounds = Number(process.env.ROUNDS ?? 15)
const names = ['tracker', 'recorder', 'trace', 'openai', 'replay', 'store-sqlite']
const bench = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(bench, 'node_modules', '.import-'))
const [subject, floor] = [join(folder, 'subject.mjs'), join(folder, 'floor.mjs')]
writeFileSync(subject, names.map(name => `import '@runtape/${name}'\n`).join(''))
const everything = names.map(name => `export * as ${name.replaceAll('-', '')} from '@runtape/${name}'\n`)
await build({
  stdin: { contents: everything.join(''), resolveDir: bench },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: floor,
  external: ['#*', 'superjson', 'zod', 'openai'],
  logLevel: 'error',
})

const timer = `const began = performance.now(); await import(process.argv[1]); console.log(performance.now() - began)`
const timeOf = (file: string): number =>
  Number(execFileSync(process.execPath, ['--input-type=module', '-e', timer, file], { encoding: 'utf8' }))
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const pairs = Array.from({ length: rounds }, () => [timeOf(floor), timeOf(subject)] as const)
rmSync(folder, { recursive: true })
const [floorMs, subjectMs] = [median(pairs.map(([one]) => one)), median(pairs.map(([, one]) => one))]
const ratio = median(pairs.map(([one, other]) => other / one))
console.log(
  `${`import of ${names.length} packages`.padEnd(56)} floor ${floorMs.toFixed(1)} ms  subject ${subjectMs.toFixed(1)} ms  ratio ${ratio.toFixed(2)}`,
)
