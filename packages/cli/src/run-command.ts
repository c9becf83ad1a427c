import { messageOf } from '@runtape/core/internal'
import { didYouMean } from './arguments/closest.ts'
import type { Command } from './arguments/command.ts'
import { argsOf } from './arguments/parse-args.ts'
import { Misuse } from './arguments/usage-error.ts'
import { helpOf, overview } from './help.ts'
import { version } from './process/version.ts'
import { print, printError } from './terminal/print.ts'

interface Entry {
  readonly about: string
  /** Loaded on demand: help must not open a database driver. */
  readonly load: () => Promise<{ readonly command: Command }>
}

const commands: Readonly<Record<string, Entry>> = {
  init: { about: 'add Runtape to an application', load: () => import('./commands/starting/init.ts') },
  replay: {
    about: 'replay recorded traces through your current code',
    load: () => import('./commands/replay/replay.ts'),
  },
  worker: {
    about: 'replay traces for a command on another machine',
    load: () => import('./commands/replay/worker.ts'),
  },
  verdict: {
    about: "record a person's verdict on a replayed trace",
    load: () => import('./commands/replay/verdict.ts'),
  },
  report: { about: 'write the reports of a test run', load: () => import('./commands/replay/report.ts') },
  compare: { about: 'compare two test runs by source', load: () => import('./commands/replay/compare.ts') },
  cohort: {
    about: 'keep named, versioned lists of traces',
    load: () => import('./commands/reviewing/cohort.ts'),
  },
  review: {
    about: 'review live runs: queue, claims, verdicts',
    load: () => import('./commands/reviewing/review.ts'),
  },
  runs: { about: 'list runs, newest first', load: () => import('./commands/tape/runs.ts') },
  views: { about: 'keep named filters of runs', load: () => import('./commands/tape/views.ts') },
  trace: { about: 'show a trace as a tree', load: () => import('./commands/tape/trace.ts') },
  search: {
    about: 'find a text in inputs, outputs, errors and comments',
    load: () => import('./commands/tape/search.ts'),
  },
  changes: {
    about: 'list what changed since a revision or a time',
    load: () => import('./commands/tape/changes.ts'),
  },
  usage: { about: 'sum up runs, tokens and cost', load: () => import('./commands/billing/usage.ts') },
  reprice: { about: 'price runs without a price', load: () => import('./commands/billing/reprice.ts') },
  export: {
    about: 'write traces into files next to your code',
    load: () => import('./commands/tape/export.ts'),
  },
  budget: {
    about: 'report limits of use that are reached',
    load: () => import('./commands/billing/budget.ts'),
  },
  health: { about: 'show conflicts and lost records', load: () => import('./commands/upkeep/health.ts') },
  'set-aside': {
    about: 'show, retry or drop records that could not be written',
    load: () => import('./commands/upkeep/set-aside.ts'),
  },
  prune: { about: 'remove old traces and runs', load: () => import('./commands/upkeep/prune.ts') },
  erase: {
    about: 'remove a person, run, trace or session',
    load: () => import('./commands/upkeep/erase.ts'),
  },
  backup: {
    about: 'copy the database while it is in use',
    load: () => import('./commands/upkeep/backup.ts'),
  },
  copy: {
    about: 'copy a store into another one, such as a file into Postgres',
    load: () => import('./commands/upkeep/copy.ts'),
  },
  migrate: {
    about: 'create or update the tables of a store in Postgres',
    load: () => import('./commands/upkeep/migrate.ts'),
  },
  serve: {
    about: 'serve a store over HTTP',
    load: () => import('./commands/serving/serve.ts'),
  },
  studio: {
    about: 'show a store on a page',
    load: () => import('./commands/serving/studio.ts'),
  },
  keys: {
    about: 'create, list and revoke keys of a server',
    load: () => import('./commands/serving/keys.ts'),
  },
  doctor: { about: 'find out why nothing is recorded', load: () => import('./commands/upkeep/doctor.ts') },
  completion: {
    about: 'print a script for your shell',
    load: async () => {
      const { completionOf } = await import('./commands/starting/completion.ts')
      return { command: completionOf(allCommands) }
    },
  },
}

async function allCommands(): Promise<readonly Command[]> {
  const loaded = await Promise.all(Object.values(commands).map(({ load }) => load()))
  return loaded.map(({ command }) => command)
}

/**
 * Runs the arguments as a command. Resolves to the exit code: 0 success, 1 the replay does not pass, 2 the command could
 * not be done.
 */
export async function runCommand(words: readonly string[]): Promise<number> {
  try {
    return await dispatch(words)
  } catch (error) {
    printError(messageOf(error))
    // 1 is for results about the code: CI must be able to distinguish the two.
    return 2
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  const isHelp = name === 'help' || name === '--help' || name === '-h'
  if (name === undefined || (isHelp && rest.length === 0)) return showOverview(name)
  if (isHelp) return show(helpOf(await commandOf(rest[0])))
  if (name === '--version' || name === '-v') return show(version())
  const command = await commandOf(name)
  const args = argsOf(command, rest)
  return args.has('help') ? show(helpOf(command)) : command.run(args)
}

async function commandOf(name = ''): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry)
    throw new Misuse(
      `There is no command "${name}".${didYouMean(name, Object.keys(commands))} Use one of ${Object.keys(commands).join(', ')}.`,
    )
  return (await entry.load()).command
}

function showOverview(name: string | undefined): number {
  show(overview(Object.entries(commands).map(([command, { about }]) => [command, about])))
  return name === undefined ? 2 : 0
}

function show(text: string): number {
  print(text)
  return 0
}
