import type { Evaluator } from '@runtape/replay'
import * as replayPackage from '@runtape/replay'
import { loadExport } from './load-function.ts'
import { Misuse } from './misuse.ts'
import { targetOf } from './target.ts'

const builtIn: Readonly<Record<string, () => Evaluator>> = {
  'same-output': replayPackage.sameOutput,
}

/** The evaluators that were named: a built-in one, or `./evaluators.ts#polite`. */
export async function evaluatorsOf(names: readonly string[]): Promise<Evaluator[]> {
  return Promise.all(names.map(evaluatorOf))
}

async function evaluatorOf(name: string): Promise<Evaluator> {
  const make = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined
  if (make) return make()
  if (!name.includes('#')) {
    const known = Object.keys(builtIn).join(', ')
    throw new Misuse(`There is no evaluator "${name}". Use ${known}, or one of yours: ./evaluators.ts#name.`)
  }
  const value = await loadExport(targetOf([name]))
  if (isEvaluator(value)) return value
  throw new Misuse(`${name} is not an evaluator: it needs a name and a function evaluate.`)
}

function isEvaluator(value: unknown): value is Evaluator {
  const { name, evaluate } = (value ?? {}) as Partial<Evaluator>
  return typeof name === 'string' && typeof evaluate === 'function'
}
