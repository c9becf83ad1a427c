import { dirname, join, relative, sep } from 'node:path'
import type { Args } from '../arguments/args.ts'
import { replayFlags } from '../arguments/replay-flags.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { type CodeIdentity, codeIdentity } from '../code/code-identity.ts'
import { evaluatorNames, evaluatorTarget, isOwnEvaluator } from '../loading/evaluators.ts'
import type { Target } from '../loading/export-target.ts'
import { optionsTarget } from '../loading/options-module.ts'
import { version } from '../process/version.ts'

/** What a worker must know to replay items of one replay. */
export interface Order {
  readonly version: string
  readonly code: CodeIdentity
  /** The key of the function. */
  readonly key: string
  readonly isolate: boolean
  /** Flags that change how an item runs, in the order of the report. */
  readonly flags: readonly (OrderedFlag | OrderedModule)[]
  /** Variables of the environment; `null` removes one. */
  readonly env: Readonly<Record<string, string | null>>
  /** Counts up while the command lives. */
  readonly beat: number
  /** Why the command stopped the replay; absent while it runs. */
  readonly stopped?: string
}

interface OrderedFlag {
  readonly flag: string
  readonly value: string | true
}

/** A flag that names a module, by its path from the folder of the function's module. */
interface OrderedModule {
  readonly flag: 'evaluator' | 'with'
  readonly path: string
  readonly name?: string
}

/** The others belong to the whole replay. */
const itemFlags = [
  'mock',
  'on-miss',
  'timing',
  'timeout',
  'threshold',
  'guard-network',
  'allow-host',
  'outside',
  'prices',
  'max-cost',
  'allow-unpriced',
]

/** They change the results of code that does not name them. */
const usualEnv = ['LANG', 'LC_ALL', 'NODE_ENV']

/** The order of a command. */
export async function orderOf(
  args: Args,
  target: Target,
  key: string,
  env: NodeJS.ProcessEnv,
): Promise<Order> {
  const options = args.text('with')
  const flags = [
    ...itemFlags.flatMap(flag => givenFor(args, flag)),
    ...evaluatorNames(args.whole('evaluator')).map(name =>
      isOwnEvaluator(name)
        ? moduleFrom(target, 'evaluator', evaluatorTarget(name))
        : { flag: 'evaluator', value: name },
    ),
    ...(options === undefined ? [] : [moduleFrom(target, 'with', optionsTarget(options))]),
  ]
  return {
    version: version(),
    code: await codeIdentity(pathsOf(target, flags)),
    key,
    isolate: args.has('isolate'),
    flags,
    env: Object.fromEntries([
      ...usualEnv.map(name => [name, env[name] ?? null]),
      timeZone(env),
      ...named(args, env),
    ]),
    beat: 0,
  }
}

function moduleFrom(target: Target, flag: OrderedModule['flag'], { path, name }: Target): OrderedModule {
  const from = relative(dirname(target.path), path).split(sep).join('/')
  return { flag, path: from, ...(name !== undefined && { name }) }
}

function givenFor(args: Args, flag: string): OrderedFlag[] {
  const { value, multiple } = replayFlags[flag] ?? { value: undefined }
  if (value === undefined) return args.has(flag) ? [{ flag, value: true }] : []
  const values = multiple ? args.whole(flag) : [args.text(flag)]
  return values.flatMap(each => (each === undefined ? [] : [{ flag, value: each }]))
}

/** Also where it is set for the whole machine. */
const timeZone = ({ TZ }: NodeJS.ProcessEnv) =>
  ['TZ', TZ || Intl.DateTimeFormat().resolvedOptions().timeZone] as const

const named = (args: Args, env: NodeJS.ProcessEnv) =>
  args.texts('env').map(name => {
    const value = env[name]
    if (!isHarmless(name)) throw new Misuse(`--env must not name ${name}: it changes which code runs.`)
    if (value !== undefined) return [name, value] as const
    throw new Misuse(`--env names ${name}, which is not set here.`)
  })

/** An order must not make a worker run other code than its checkout. */
const isHarmless = (name: string): boolean =>
  name === 'NODE_ENV' || !/^(NODE_|LD_|DYLD_|RUNTAPE_|npm_|PATH$|HOME$)/i.test(name)

/** Absolute paths of the modules of an order, for a function in `target`. */
export const pathsOf = ({ path }: Target, flags: Order['flags']): string[] => [
  path,
  ...flags.filter(isModule).map(each => join(dirname(path), each.path)),
]

const isModule = (flag: OrderedFlag | OrderedModule): flag is OrderedModule => 'path' in flag

/** The arguments of `runtape replay` by which a process loads what was ordered. */
export function wordsOf({ path, name }: Target, { flags }: Order): string[] {
  const named = (file: string, one: string | undefined) => (one === undefined ? file : `${file}#${one}`)
  const given = flags.map(each => {
    if (isModule(each)) return `--${each.flag}=${named(join(dirname(path), each.path), each.name)}`
    return `--${each.flag}${each.value === true ? '' : `=${each.value}`}`
  })
  return [named(path, name), ...given]
}

/** The order in a job; `undefined` if it is none that this version can follow. */
export function readOrder(data: unknown): Order | undefined {
  const order = data as Partial<Order> | null
  if (typeof order !== 'object' || order === null || typeof order.version !== 'string') return undefined
  const { flags, env, code } = order
  const isWhole =
    typeof order.key === 'string' &&
    typeof order.isolate === 'boolean' &&
    typeof order.beat === 'number' &&
    typeof code?.hash === 'string' &&
    Array.isArray(flags) &&
    flags.every(isFlag) &&
    typeof env === 'object' &&
    Object.keys(env ?? {}).every(isHarmless)
  return isWhole ? (order as Order) : undefined
}

function isFlag(given: Partial<OrderedFlag & OrderedModule> | null): boolean {
  const { flag = '', value, path } = given ?? {}
  if (path !== undefined) return typeof path === 'string' && ['evaluator', 'with'].includes(flag)
  return [...itemFlags, 'evaluator'].includes(flag) && (value === true || typeof value === 'string')
}
