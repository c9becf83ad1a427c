export { pointInTime } from '@runtape/core/store-helpers'
export type { BaselineSummary, Cause, ItemBaseline } from './baseline/item-baseline.ts'
export type { CallResult } from './compare/call-result.ts'
export type { ItemCost, ItemDelta } from './compare/item-delta.ts'
export type { ItemOutcome } from './compare/item-outcome.ts'
export type { CallDifference, TraceDiff } from './compare/trace-diff.ts'
export { diffTraces } from './compare/trace-diff.ts'
export { type DryRun, type DryRunOptions, dryRun, dryRunOfStore } from './dry-run/dry-run.ts'
export type { DryRunKey } from './dry-run/key-tally.ts'
export type { Prediction } from './dry-run/predict-call.ts'
export type { PredictedCall, PredictedItem } from './dry-run/predict-trace.ts'
export type { PredictedCost } from './dry-run/predicted-cost.ts'
export type { Evaluation, Evaluator, EvaluatorScore } from './evaluators/evaluator.ts'
export { sameOutput } from './evaluators/evaluator.ts'
export { expectedOutput } from './evaluators/expected-output.ts'
export type { JsonDiffOptions } from './evaluators/json-diff.ts'
export { jsonDiff } from './evaluators/json-diff.ts'
export type { AskModel, JudgeOptions } from './evaluators/judge.ts'
export { judge } from './evaluators/judge.ts'
export type { Judgement } from './evaluators/own-evaluator.ts'
export { evaluator } from './evaluators/own-evaluator.ts'
export type { Spread } from './evaluators/spread.ts'
export type { EvaluatorSummary } from './evaluators/summarize-scores.ts'
export type { TextSimilarityOptions } from './evaluators/text-similarity.ts'
export { textSimilarity } from './evaluators/text-similarity.ts'
export type { LiveCall } from './limits/live-call.ts'
export type { MustRunResult } from './limits/must-run-result.ts'
export type { Spending } from './limits/spending.ts'
export type { UnpricedCalls } from './limits/unpriced-tally.ts'
export type { CallInReplay } from './match/call-view.ts'
export type { MockedCall, MockReport } from './match/mock-report.ts'
export type { MockTreeEntry, MockTreeNode } from './match/mock-tree.ts'
export { buildMockTree } from './match/mock-tree.ts'
export type { Overrides } from './match/override.ts'
export { decline } from './match/override.ts'
export type { CallPolicy, MockPolicy, MockStrategy } from './match/policy.ts'
export type { AllowedRequest } from './network/allowed-request.ts'
export type { GuardNetwork } from './network/guard-network.ts'
export type {
  AdaptInputs,
  Baseline,
  BaselineCode,
  IsolatedItem,
  MockTiming,
  ReplayOptions,
  ReplayProgress,
  ReplayWhere,
} from './options.ts'
export type { OutsideCall, OutsideMode, OutsideOption, OutsideRule } from './outside/outside-call.ts'
export type { ReplayAttempt, ReplayItem, ReplayReport, ReplayResult, ReplaySummary } from './report.ts'
export { replay } from './run/replay.ts'
export { replayItems } from './run/replay-items.ts'
export type { ReplayedCohort } from './select/cohort-sources.ts'
export type { ReplaySource } from './select/source.ts'
export type {
  ComparedItem,
  ComparedSource,
  ItemChange,
  TestRunComparison,
} from './test-run/compare-test-runs.ts'
export { compareTestRuns } from './test-run/compare-test-runs.ts'
export { putVerdict } from './test-run/put-verdict.ts'
export { testRunReport } from './test-run/stored-report.ts'
