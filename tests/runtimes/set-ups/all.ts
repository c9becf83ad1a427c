import { bundlers } from './bundlers.ts'
import { commonjs } from './commonjs.ts'
import { compilers } from './compilers.ts'
import { frameworks } from './frameworks.ts'
import { runtimes } from './runtimes.ts'
import type { SetUp } from './set-up.ts'
import { testRunners } from './test-runners.ts'

/** Every set-up in which the first program of the README is tested, by kind. */
export const setUps: Readonly<Record<string, readonly SetUp[]>> = {
  Runtimes: runtimes,
  'Bundles for a server': bundlers,
  'From CommonJS': commonjs,
  'Test runners': testRunners,
  Frameworks: frameworks,
  Compilers: compilers,
}

/** The lines of the table in docs/runtimes.md: a row for each kind and name, with its versions. */
export function setUpTable(): readonly string[] {
  const rows = Object.entries(setUps).flatMap(([kind, each]) =>
    [...Map.groupBy(each, ({ name }) => name)].map(([name, same]) => {
      const versions = same.map(({ version }) => version).join(', ')
      return `| ${kind} | ${name} | ${versions} | ${same[0]?.note ?? ''} |`
    }),
  )
  return ['| | | versions | |', '|---|---|---|---|', ...rows]
}
