import { runEvent, span, testTime } from '@runtape/testing'

/** Letters that are in no other text, so that they can be found in the bytes of an index. */
export const rareLetters = 'ꙮѫ界'

/** Records whose texts are in the fixture `indexed.search.gz`: 120 texts of two customers, always in the same order. */
export const indexedRecords = () =>
  Array.from({ length: 60 }, (_, index) => {
    const key = index % 3 === 0 ? 'ada' : 'grace'
    const { runId } = runEvent()
    const at = testTime + index
    return [
      runEvent({ runId, at, context: { kind: 'user', key } }),
      span({
        runId,
        startedAt: at,
        input: { json: JSON.stringify(`needle ${index} of ${key === 'ada' ? rareLetters : key}`) },
        output: { json: '"done"' },
      }),
    ]
  }).flat()
