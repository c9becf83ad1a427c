import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '@runtape/core/internal'
import {
  examineProject,
  type Plan,
  type Project,
  planFor,
  storeChoices,
  type WrittenFiles,
  writeFiles,
} from 'create-runtape'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { givenPath } from '../../process/start.ts'
import { print, printJson } from '../../terminal/print.ts'
import { bold, dim, green, yellow } from '../../terminal/style.ts'

export const command: Command = {
  name: 'init',
  about:
    'Adds Runtape to the application in a folder: writes runtape.ts, and says what to change. It changes no file that exists.',
  operands: '[folder]',
  flags: {
    store: {
      value: 'where',
      about: `where records go: ${storeChoices.join(', ')}. Default: file; server for Workers.`,
    },
    install: { about: 'install the packages, too' },
    'dry-run': { about: 'show the files and write nothing' },
    json: { about: 'print JSON' },
  },
  examples: ['runtape init', 'runtape init --store postgres --install', 'runtape init apps/web --dry-run'],
  run: async args => {
    if (args.operands.length > 1) throw new Misuse(`init takes one folder (got ${args.operands.join(', ')}).`)
    const project = examineProject(givenPath(args.operands[0] ?? '.'))
    const plan = planFor(project, { store: args.oneOf('store', storeChoices) })
    const isDry = args.has('dry-run')
    const files = writeFiles(project.folder, plan.files, isDry)
    const installs = args.has('install') && !isDry
    if (installs) for (const line of plan.install) await install(line, project.folder)
    if (args.has('json')) printJson({ ...describe(project), ...files, ...plan, installed: installs })
    else print(shown(project, { plan, files, isDry, installs }))
    return 0
  },
}

const describe = ({ framework, modules, language, sdks }: Project) => ({
  framework,
  modules,
  language,
  sdks: sdks.map(({ name }) => name),
})

async function install(line: string, cwd: string): Promise<void> {
  const [program = '', ...words] = line.split(' ')
  try {
    // The package managers of Windows are scripts, which only a shell starts. The words are names of packages.
    await promisify(execFile)(program, words, { cwd, shell: process.platform === 'win32' })
  } catch (error) {
    throw new Misuse(
      `The files are written, and the packages are not: ${messageOf(error)}\nRun it yourself: ${line}`,
      {
        cause: error,
      },
    )
  }
}

interface Done {
  readonly plan: Plan
  readonly files: WrittenFiles
  readonly isDry: boolean
  readonly installs: boolean
}

function shown(project: Project, { plan, files, isDry, installs }: Done): string {
  const { framework, sdks } = project
  const names = sdks.map(({ name }) => name).join(', ') || 'no SDK of a model'
  const what = { node: 'Node', next: 'Next.js', workers: 'Cloudflare Workers' }[framework]
  const isSame = (path: string) => !files.different.includes(path)
  const steps = [...(installs ? [] : plan.install.map(line => `Run ${bold(line)}`)), ...plan.steps]
  return [
    `Found ${what}, ${names}.`,
    ...files.written.map(path => `${green('✓')} ${isDry ? 'Would write' : 'Wrote'} ${path}`),
    ...files.kept.filter(isSame).map(path => `${green('✓')} ${path} is there`),
    ...files.different.map(path => `${yellow('!')} Kept ${path}, which exists. Add to it what is missing:`),
    ...plan.files.filter(({ path }) => isDry || !isSame(path)).map(({ text }) => indented(text)),
    `${bold('Next')}`,
    ...steps.map((step, at) => `${at + 1}. ${step}`),
  ].join('\n')
}

const indented = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map(line => dim(`  ${line}`).trimEnd())
    .join('\n')
