import type { Store } from '@runtape/core/store'
import type { ReplayOptions } from '@runtape/replay'
import type { Args } from '../arguments/args.ts'
import { replayOptionsOf } from '../arguments/replay-flags.ts'
import { genaiPrices } from '../pricing/prices.ts'
import { baselineTarget } from './baseline-target.ts'
import { evaluatorNames, evaluatorsOf } from './evaluators.ts'
import { targetOf } from './export-target.ts'
import { type LoadedFunction, loadFunction } from './load-function.ts'
import { moduleOptions, withFlags } from './options-module.ts'

/** The replay's function and options, from the flags and modules. */
export interface LoadedReplay {
  readonly loaded: LoadedFunction
  readonly options: Omit<ReplayOptions, 'store'>
  /** The store of `--with`. */
  readonly store: Store | undefined
}

/**
 * Loads all modules that the flags name.
 *
 * @throws {Misuse} if one cannot be loaded or lacks a named export
 */
export async function loadReplay(args: Args): Promise<LoadedReplay> {
  const target = baselineTarget(targetOf(args.operands))
  const evaluators = await evaluatorsOf(evaluatorNames(args.whole('evaluator')))
  const { store, ...options } = withFlags(await moduleOptions(args.text('with')), {
    ...replayOptionsOf(args),
    evaluators,
  })
  const isPriced = args.has('prices') || (options.maxCostUsd !== undefined && !options.prices)
  const prices = isPriced ? { prices: await genaiPrices() } : {}
  return { loaded: await loadFunction(target), options: { ...options, ...prices }, store }
}
