import { type Evaluator, expectedOutput, jsonDiff, sameOutput, textSimilarity } from '@runtape/replay'
import { Misuse } from '../arguments/usage-error.ts'
import { exportTarget, type Target } from './export-target.ts'
import { loadExport } from './load-function.ts'

type Settings = Readonly<Record<string, string>>

interface BuiltIn {
  readonly settings: readonly string[]
  make(settings: Settings): Evaluator
}

const builtIn: Readonly<Record<string, BuiltIn>> = {
  'same-output': { settings: [], make: sameOutput },
  'expected-output': { settings: [], make: expectedOutput },
  'json-diff': {
    settings: ['ignore', 'threshold'],
    make: ({ ignore = '', threshold }) =>
      jsonDiff({ ignore: ignore.split(',').filter(Boolean), ...leastOf(threshold) }),
  },
  'text-similarity': {
    settings: ['threshold'],
    make: ({ threshold }) => textSimilarity({ ...leastOf(threshold) }),
  },
}

const known = Object.keys(builtIn).join(', ')

/** Splits each value of `--evaluator` into one or several: in a value with settings, commas belong to them. */
export const evaluatorNames = (values: readonly string[]): string[] =>
  values.flatMap(value =>
    builtInOf(value) && value.includes(':') ? [value] : value.split(',').filter(Boolean),
  )

/** The named evaluators: `json-diff:ignore=id,items.*.at:threshold=0.9`, or `./evaluators.ts#polite`. */
export async function evaluatorsOf(names: readonly string[]): Promise<Evaluator[]> {
  return Promise.all(names.map(evaluatorOf))
}

async function evaluatorOf(name: string): Promise<Evaluator> {
  const made = builtInOf(name)
  if (made) return made.make(settingsOf(name, made.settings))
  if (!isOwnEvaluator(name))
    throw new Misuse(`There is no evaluator "${name}". Use ${known}, or your own: ./evaluators.ts#name.`)
  const value = await loadExport(evaluatorTarget(name))
  if (isEvaluator(value)) return value
  throw new Misuse(`${name} is not an evaluator: it needs a name and a function evaluate.`)
}

/** The module that exports it. */
export const evaluatorTarget = (name: string): Target =>
  exportTarget(name, 'the module that exports the evaluator')

/** Whether it is a module export. */
export const isOwnEvaluator = (name: string): boolean => !builtInOf(name) && name.includes('#')

function builtInOf(name: string): BuiltIn | undefined {
  const [first = ''] = name.split(':')
  return Object.hasOwn(builtIn, first) ? builtIn[first] : undefined
}

function settingsOf(text: string, allowed: readonly string[]): Settings {
  const [name = '', ...parts] = text.split(':')
  const entries = parts.map(part => {
    const [setting = '', ...value] = part.split('=')
    if (allowed.includes(setting) && value.length > 0) return [setting, value.join('=')] as const
    const knows = allowed.length > 0 ? `it has ${allowed.join(', ')}` : 'it has none'
    throw new Misuse(
      `--evaluator ${name} has no setting "${part}": ${knows}, as in json-diff:ignore=id,token.`,
    )
  })
  return Object.fromEntries(entries)
}

function leastOf(text: string | undefined): { threshold?: number } {
  if (text === undefined) return {}
  const threshold = Number(text)
  if (text !== '' && threshold >= 0 && threshold <= 1) return { threshold }
  throw new Misuse(`A threshold must be a number from 0 to 1 (got "${text}").`)
}

function isEvaluator(value: unknown): value is Evaluator {
  const { name, evaluate } = (value ?? {}) as Partial<Evaluator>
  return typeof name === 'string' && typeof evaluate === 'function'
}
