import { expect, test } from 'vitest'
import type { Evaluation, Evaluator } from './evaluator.ts'
import { scoreItem } from './score-item.ts'

const evaluation: Evaluation = {
  input: [],
  result: 1,
  originalOutput: 1,
  error: null,
  originalError: null,
  captured: { replay: {}, recording: {} },
}

const stop = { within: <T>(promise: Promise<T>) => promise, signal: new AbortController().signal }

async function score(...evaluators: Evaluator[]) {
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  return {
    ...(await scoreItem({ evaluators, logger }, evaluation, stop)),
    warnings,
  }
}

const good: Evaluator = { name: 'good', evaluate: async () => ({ score: 1, pass: true }) }

test('an evaluator that throws or rejects loses only its own score', async () => {
  const throws: Evaluator = {
    name: 'throws',
    evaluate: () => {
      throw new Error('no model')
    },
  }
  const rejects: Evaluator = { name: 'rejects', evaluate: async () => Promise.reject(new Error('no key')) }
  const { scores, scoreErrors, warnings } = await score(throws, rejects, good)
  expect(scores).toEqual({ good: { score: 1, pass: true } })
  expect(scoreErrors).toEqual({ throws: 'no model', rejects: 'no key' })
  expect(warnings).toEqual([
    "Evaluator 'throws' failed: no model. It did not score the item.",
    "Evaluator 'rejects' failed: no key. It did not score the item.",
  ])
})

test('an invalid score is an error', async () => {
  const wordy = { name: 'wordy', evaluate: () => 'good' } as unknown as Evaluator
  const silent = { name: 'silent', evaluate: () => undefined } as unknown as Evaluator
  const { scores, warnings } = await score(wordy, silent, good)
  expect(Object.keys(scores)).toEqual(['good'])
  expect(warnings).toHaveLength(2)
})
