import type { TestRunPolicy, TestRunStart } from '@runtape/core/store'
import type { BaselineCode, ReplayOptions } from '../options.ts'

type Facts = Pick<TestRunStart, 'attempts' | 'policy' | 'thresholds' | 'options'>

/** The options of a replay that its test run keeps. */
export function startFacts(options: ReplayOptions): Facts {
  const { attempts, thresholds } = options
  const given = givenOptions(options)
  return {
    ...(attempts !== undefined && attempts > 1 && { attempts }),
    policy: policyOf(options),
    ...(thresholds && Object.keys(thresholds).length > 0 && { thresholds }),
    ...(Object.keys(given).length > 0 && { options: given }),
  }
}

function policyOf({ mock = 'none', onMiss = 'error', overrides }: ReplayOptions): TestRunPolicy {
  return {
    mock: typeof mock === 'function' ? 'function' : mock,
    onMiss,
    ...(overrides && { overrides: Object.keys(overrides) }),
  }
}

const plain = [
  'where',
  'limit',
  'timing',
  'itemTimeoutMs',
  'maxConcurrency',
  'mustRun',
  'maxCostUsd',
  'allowUnpriced',
] as const satisfies readonly (keyof ReplayOptions)[]

/** The given options, without functions and objects of the program. */
function givenOptions(options: ReplayOptions): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const name of plain) if (options[name] !== undefined) given[name] = options[name]
  if (options.adaptInputs) given.adaptInputs = true
  if (options.baseline) given.baseline = (options.baseline as Partial<BaselineCode>).description ?? true
  const evaluators = (options.evaluators ?? []).map(({ name, version }) => ({
    name,
    ...(version !== undefined && { version }),
  }))
  if (evaluators.length > 0) given.evaluators = evaluators
  return given
}
