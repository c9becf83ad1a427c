import type { SetUp } from './set-up.ts'

const common = [
  '--noEmit',
  '--strict',
  '--target',
  'es2022',
  '--types',
  'node',
  '--allowImportingTsExtensions',
]
const ways = [
  { name: 'TypeScript, ES modules', flags: ['--module', 'nodenext'], file: 'program.mts' },
  {
    name: 'TypeScript, for a bundler',
    flags: ['--module', 'esnext', '--moduleResolution', 'bundler'],
    file: 'program.mts',
  },
]
const fromCommonJs = { name: 'TypeScript, CommonJS', flags: ['--module', 'nodenext'], file: 'program.cts' }
const versions = ['5.0.4', '5.4.5', '5.8.3', '5.9.3', '6.0.3', '7.0.2']

export const compilers: readonly SetUp[] = versions.flatMap(version =>
  // Before 5.8, TypeScript does not know that Node can require ES modules.
  [...ways, ...(Number.parseFloat(version) >= 5.8 ? [fromCommonJs] : [])].map(
    ({ name, flags, file }): SetUp => ({
      name,
      version,
      wanted: [`typescript@${version}`, '@types/node@20.19.25'],
      prints: '',
      run: project => project.node([project.fileOf('typescript/bin/tsc'), ...common, ...flags, file]),
    }),
  ),
)
