import { BaseSequencer } from 'vitest/node'

/**
 * Where the files lie that take longest, longest first. vitest knows that of earlier runs; a fresh clone has none, and
 * there it starts small files last, so that one of these would run alone in the end.
 */
const LONGEST = [
  'tests/applications/',
  'tests/packages.',
  'packages/vitest/test/',
  'soak/test/soak.',
  'examples/support-desk/test/',
  'packages/cli/test/',
  'soak/test/',
  'packages/testing/test/broken-',
  'packages/store-sqlite/src/files/replaced',
  'packages/store-sqlite/src/usage.',
  'packages/bedrock/test/contract.',
  'packages/anthropic/test/contract',
  'packages/google/test/contract',
  'packages/openai/test/contract',
  'packages/replay/test/process-ends.',
  '.law.test.ts',
  'large-',
  'span',
]

export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files)
    const { cache } = this.ctx
    if (files.every(file => cache.getTestSpecificationResult(file))) return sorted
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

function rankOf({ moduleId }) {
  const rank = LONGEST.findIndex(part => moduleId.includes(part))
  return rank === -1 ? LONGEST.length : rank
}
